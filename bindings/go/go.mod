module github.com/libehlo/libehlo/bindings/go

go 1.23.0
