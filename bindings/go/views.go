package ehlo

// Present says whether the thing is there; an empty one may be.
func (s Span) Present() bool { return s.Off != Absent }

// In gives the octets, which are part of `buffer`; nil where there is nothing.
func (s Span) In(buffer []byte) []byte {
	if s.Off == Absent {
		return nil
	}
	return buffer[s.Off : s.Off+s.Len : s.Off+s.Len]
}

// Text gives a copy of the octets; "" where there is nothing.
func (s Span) Text(buffer []byte) string { return string(s.In(buffer)) }

// BodyIn gives the octets of a span of a body, the constants among them.
func (s Span) BodyIn(buffer []byte) []byte {
	switch s.Off {
	case OffCRLF:
		return lineEnd
	case OffEnd:
		return endOfData
	}
	return s.In(buffer)
}

var (
	lineEnd   = []byte("\r\n")
	endOfData = []byte(".\r\n")
)

// Address gives the address within the brackets and after the source route: "" for the null path.
func (p *Path) Address(buffer []byte) string {
	whole := p.Whole.In(buffer)
	if len(whole) < 2 {
		return ""
	}
	start := 1
	if p.Route.Present() {
		start += int(p.Route.Len) + 1
	}
	return string(whole[start : len(whole)-1])
}

// Unsigned gives the number of a parameter that has no sign: SIZE, which goes up to 2^64-1.
func (p *Param) Unsigned() uint64 { return uint64(p.Number) }
