//go:build ehlo_pkgconfig

package ehlo

// An installed libehlo, found by pkg-config.

// #cgo pkg-config: ehlo
import "C"
