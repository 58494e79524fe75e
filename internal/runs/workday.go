package runs

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/de"
)

// holidays are the public holidays per Land; "DE" stands for those that all share.
var holidays = map[string][]*cal.Holiday{
	"DE": de.Holidays,
	"BW": de.HolidaysBW, "BY": de.HolidaysBY, "BE": de.HolidaysBE, "BB": de.HolidaysBB, "HB": de.HolidaysHB, "HH": de.HolidaysHH,
	"HE": de.HolidaysHE, "NI": de.HolidaysNI, "NW": de.HolidaysNW, "RP": de.HolidaysRP, "SL": de.HolidaysSL, "SN": de.HolidaysSN,
	"ST": de.HolidaysST, "SH": de.HolidaysSH, "TH": de.HolidaysTH,
	// The library misses the Frauentag, a holiday in Mecklenburg-Vorpommern since 2023.
	"MV": append([]*cal.Holiday{{Name: "Frauentag", Month: time.March, Day: 8, StartYear: 2023, Func: cal.CalcDayOfMonth}}, de.HolidaysMV...),
}

// KnownLand says whether Workday knows the Land: BW, BY, ... TH, or DE.
func KnownLand(land string) bool { return holidays[land] != nil }

// Holiday names the public holiday on the day of date in a Land; "" if there is none. Holidays of single municipalities
// (Augsburg 8 August, Catholic ones in Bavaria 15 August) are not known.
func Holiday(date time.Time, land string) string {
	date = time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, time.UTC)
	for _, h := range holidays[land] {
		if actual, _ := h.Calc(date.Year()); !actual.IsZero() && sameDay(actual, date) {
			return h.Name
		}
	}
	return ""
}

// Workday says whether letters are taken in on the day of date: Monday to Friday, and no public holiday of the Land.
func Workday(date time.Time, land string) bool {
	return date.Weekday() != time.Saturday && date.Weekday() != time.Sunday && Holiday(date, land) == ""
}

func sameDay(a, b time.Time) bool { return a.Year() == b.Year() && a.YearDay() == b.YearDay() }
