module github.com/libehlo/libehlo/bindings/go/interop

go 1.23.0

replace github.com/libehlo/libehlo/bindings/go => ../

require (
	github.com/emersion/go-sasl v0.0.0-20241020182733-b788ff22d5a6
	github.com/emersion/go-smtp v0.25.1
	github.com/libehlo/libehlo/bindings/go v0.0.0-00010101000000-000000000000
)
