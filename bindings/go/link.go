//go:build !ehlo_pkgconfig

package ehlo

// The static archive of this tree (tools/build release): a program that is built in it needs nothing installed.

// #cgo CFLAGS: -I${SRCDIR}/../../capi
// #cgo LDFLAGS: ${SRCDIR}/../../build/libehlo.a
import "C"
