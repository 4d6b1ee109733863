package vectors

import (
	"slices"
)

// Every position up to this size; of longer strings those where something is decided and a sample of the others.
const everyPositionUpTo = 4096

// cutPositions are the positions at which octets are split in two.
func cutPositions(octets []byte) (positions []int) {
	size := len(octets)
	add := func(at, reach int) {
		for p := max(at-reach, 1); p <= at+reach && p < size; p++ {
			positions = append(positions, p)
		}
	}
	if size <= everyPositionUpTo {
		for at := 1; at < size; at++ {
			positions = append(positions, at)
		}
		return positions
	}
	for at, c := range octets {
		dotLine := c == '.' && (at == 0 || octets[at-1] == '\n' || octets[at-1] == '\r')
		if c == '\r' || c == '\n' || dotLine {
			add(at, 2)
		}
	}
	add(0, 16)
	add(size, 16)
	for power := 32; power < size; power *= 2 {
		add(power, 2)
	}
	// A stride that shares no factor with the usual buffer and vector sizes.
	for at := 0; at < size; at += 211 {
		add(at, 0)
	}
	slices.Sort(positions)
	return slices.Compact(positions)
}

// A cut turns a size into the sizes of pieces.
type cut func(size int) []int

func wholeCut(size int) []int { return []int{size} }

func piecesOf(octets int) cut {
	return func(size int) (pieces []int) {
		for ; size > octets; size -= octets {
			pieces = append(pieces, octets)
		}
		return append(pieces, size)
	}
}

func splitAt(position int) cut {
	return func(size int) []int {
		if position == 0 || position >= size {
			return []int{size}
		}
		return []int{position, size - position}
	}
}

func pieces(octets []byte, how cut) (list [][]byte) {
	for _, size := range how(len(octets)) {
		list = append(list, octets[:size])
		octets = octets[size:]
	}
	require(len(octets) == 0, "bad case: the pieces are not the whole")
	return list
}
