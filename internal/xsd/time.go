package xsd

// Dates and times from year 1 to 9999, as XML Schema writes them. Beyond that, hour 24, second 60 and time zones of 14 hours are
// left to libxml2.

func isDate(v []byte) bool     { return dayOK(v) && zoneOK(v[10:]) }
func isDateTime(v []byte) bool { return dayOK(v) && len(v) > 10 && v[10] == 'T' && isTime(v[11:]) }
func isYear(v []byte) bool     { return yearOK(v) && zoneOK(v[4:]) }

func isYearMonth(v []byte) bool {
	return yearOK(v) && len(v) >= 7 && v[4] == '-' && inRange(v[5:7], 1, 12) && zoneOK(v[7:])
}

// isTime judges hh:mm:ss, digits behind a point, and a zone.
func isTime(v []byte) bool {
	if len(v) < 8 || v[2] != ':' || v[5] != ':' || !inRange(v[:2], 0, 23) || !inRange(v[3:5], 0, 59) || !inRange(v[6:8], 0, 59) {
		return false
	}
	v = v[8:]
	if len(v) > 0 && v[0] == '.' {
		i := 1
		for i < len(v) && chars[v[i]]&chDigit != 0 {
			i++
		}
		if i == 1 || i > 10 {
			return false
		}
		v = v[i:]
	}
	return zoneOK(v)
}

// yearOK judges the four digits in front.
func yearOK(v []byte) bool { return len(v) >= 4 && all(v[:4], chDigit) && string(v[:4]) != "0000" }

// dayOK judges the yyyy-mm-dd in front.
func dayOK(v []byte) bool {
	if len(v) < 10 || !yearOK(v) || v[4] != '-' || v[7] != '-' || !inRange(v[5:7], 1, 12) {
		return false
	}
	year, month := 100*two(v)+two(v[2:]), two(v[5:])
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return inRange(v[8:10], 1, days)
}

// zoneOK judges a time zone, or none.
func zoneOK(v []byte) bool {
	switch {
	case len(v) == 0, len(v) == 1 && v[0] == 'Z':
		return true
	}
	return len(v) == 6 && (v[0] == '+' || v[0] == '-') && inRange(v[1:3], 0, 13) && v[3] == ':' && inRange(v[4:6], 0, 59)
}

// inRange judges two digits.
func inRange(v []byte, low, high int) bool {
	return all(v, chDigit) && two(v) >= low && two(v) <= high
}

func two(v []byte) int { return 10*int(v[0]-'0') + int(v[1]-'0') }
