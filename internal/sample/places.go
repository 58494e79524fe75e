package sample

// Place is a municipality with one of its postcodes; Strassen may be empty (then a fictitious street is made up).
type Place struct {
	PLZ, Ort string
	Strassen []string
}

// DefaultPlaces gives real municipalities of all 16 Länder, from the largest to some with a dozen inhabitants.
func DefaultPlaces() []Place {
	places := make([]Place, len(orte))
	for i, o := range orte {
		places[i] = Place{PLZ: o[0], Ort: o[1]}
	}
	return places
}

// orte are postcode and municipality.
var orte = [][2]string{
	// Schleswig-Holstein
	{"24937", "Flensburg"},
	{"24103", "Kiel"},
	{"25813", "Husum"},
	{"25980", "Sylt"},
	{"27498", "Helgoland"},
	{"25869", "Gröde"},
	{"24613", "Wiedenborstel"},
	// Hamburg
	{"20095", "Hamburg"},
	// Bremen
	{"28195", "Bremen"},
	{"27568", "Bremerhaven"},
	// Niedersachsen
	{"30159", "Hannover"},
	{"37073", "Göttingen"},
	{"26721", "Emden"},
	{"38300", "Wolfenbüttel"},
	{"26603", "Aurich"},
	{"21614", "Buxtehude"},
	// Nordrhein-Westfalen
	{"50667", "Köln"},
	{"40213", "Düsseldorf"},
	{"44135", "Dortmund"},
	{"48143", "Münster"},
	{"53949", "Dahlem"},
	{"57392", "Schmallenberg"},
	{"53902", "Bad Münstereifel"},
	// Hessen
	{"60311", "Frankfurt am Main"},
	{"34117", "Kassel"},
	{"36037", "Fulda"},
	{"63654", "Büdingen"},
	// Rheinland-Pfalz
	{"55116", "Mainz"},
	{"54290", "Trier"},
	{"67346", "Speyer"},
	{"56812", "Cochem"},
	{"56564", "Neuwied"},
	{"54533", "Dierfeld"},
	// Baden-Württemberg
	{"70173", "Stuttgart"},
	{"76131", "Karlsruhe"},
	{"72070", "Tübingen"},
	{"88662", "Überlingen"},
	{"97877", "Wertheim"},
	// Bayern
	{"80331", "München"},
	{"90402", "Nürnberg"},
	{"97070", "Würzburg"},
	{"87629", "Füssen"},
	{"83471", "Berchtesgaden"},
	{"91541", "Rothenburg ob der Tauber"},
	{"88131", "Lindau (Bodensee)"},
	{"97355", "Castell"},
	// Saarland
	{"66111", "Saarbrücken"},
	{"66663", "Merzig"},
	{"66424", "Homburg"},
	// Berlin
	{"10115", "Berlin"},
	{"12043", "Berlin"},
	// Brandenburg
	{"14467", "Potsdam"},
	{"16225", "Eberswalde"},
	{"03222", "Lübbenau/Spreewald"},
	// Mecklenburg-Vorpommern
	{"19053", "Schwerin"},
	{"18055", "Rostock"},
	{"17489", "Greifswald"},
	{"17192", "Waren (Müritz)"},
	// Sachsen
	{"01067", "Dresden"},
	{"04109", "Leipzig"},
	{"02826", "Görlitz"},
	{"08523", "Plauen"},
	{"09456", "Annaberg-Buchholz"},
	// Sachsen-Anhalt
	{"39104", "Magdeburg"},
	{"06108", "Halle (Saale)"},
	{"06484", "Quedlinburg"},
	{"39590", "Tangermünde"},
	// Thüringen
	{"99084", "Erfurt"},
	{"07743", "Jena"},
	{"99423", "Weimar"},
	{"98527", "Suhl"},
	{"96515", "Sonneberg"},
}
