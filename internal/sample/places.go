package sample

// Place is a municipality with one of its postcodes; Strassen may be empty (then a fictitious street is made up).
type Place struct {
	PLZ, Ort string
	Strassen []string
}

// DefaultPlaces gives real municipalities of all 16 Länder, from the largest to villages. All are places of the directory that
// the gateway brings along (register.Sample), so that each message finds its authority.
func DefaultPlaces() []Place {
	places := make([]Place, len(orte))
	for i, o := range orte {
		places[i] = Place{PLZ: o[0], Ort: o[1]}
	}
	return places
}

// orte are postcode and municipality.
var orte = [][2]string{
	// Baden-Württemberg
	{"69115", "Heidelberg"},
	{"70173", "Stuttgart"},
	{"73525", "Schwäbisch Gmünd"},
	{"78112", "St. Georgen im Schwarzwald"},
	{"79098", "Freiburg im Breisgau"},
	// Bayern
	{"80331", "München"},
	{"86150", "Augsburg"},
	{"90402", "Nürnberg"},
	{"91541", "Rothenburg ob der Tauber"},
	{"96465", "Neustadt bei Coburg"},
	// Berlin
	{"10115", "Berlin"},
	// Brandenburg
	{"14467", "Potsdam"},
	{"15230", "Frankfurt (Oder)"},
	// Bremen
	{"27568", "Bremerhaven"},
	{"28195", "Bremen"},
	// Hamburg
	{"20095", "Hamburg"},
	// Hessen
	{"55246", "Wiesbaden"},
	{"60306", "Frankfurt am Main"},
	{"61348", "Bad Homburg vor der Höhe"},
	{"63065", "Offenbach am Main"},
	{"65549", "Limburg a. d. Lahn"},
	// Mecklenburg-Vorpommern
	{"17248", "Lärz"},
	{"17248", "Rechlin"},
	{"17489", "Greifswald"},
	{"18055", "Rostock"},
	{"19053", "Schwerin"},
	// Niedersachsen
	{"30159", "Hannover"},
	{"31535", "Neustadt am Rübenberge"},
	{"37073", "Göttingen"},
	{"38100", "Braunschweig"},
	// Nordrhein-Westfalen
	{"40210", "Düsseldorf"},
	{"44135", "Dortmund"},
	{"47051", "Duisburg"},
	{"50667", "Köln"},
	{"52062", "Aachen"},
	{"53757", "Sankt Augustin"},
	// Rheinland-Pfalz
	{"55116", "Mainz"},
	{"56068", "Koblenz"},
	{"67059", "Ludwigshafen am Rhein"},
	{"67146", "Deidesheim"},
	{"67433", "Neustadt an der Weinstraße"},
	// Saarland
	{"66111", "Saarbrücken"},
	{"66333", "Völklingen"},
	{"66386", "Sankt Ingbert"},
	{"66606", "Sankt Wendel"},
	// Sachsen-Anhalt
	{"06108", "Halle (Saale)"},
	{"06485", "Quedlinburg"},
	{"06886", "Wittenberg"},
	{"38820", "Halberstadt"},
	{"39104", "Magdeburg"},
	// Sachsen
	{"01067", "Dresden"},
	{"02826", "Görlitz"},
	{"04103", "Leipzig"},
	{"09111", "Chemnitz"},
	// Schleswig-Holstein
	{"23552", "Lübeck"},
	{"24103", "Kiel"},
	{"25335", "Elmshorn"},
	{"25336", "Klein Nordende"},
	// Thüringen
	{"07743", "Jena"},
	{"98666", "Masserberg"},
	{"98666", "Schleusegrund"},
	{"99084", "Erfurt"},
	{"99423", "Weimar"},
	{"99428", "Grammetal"},
	{"99817", "Eisenach"},
}
