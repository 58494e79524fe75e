package sample

import "damtshilfe/internal/amtshilfe"

// art describes one kind of revenue as messages about it look.
type art struct {
	code, name, kuerzel string
	stelle              string // who issued the title
	gegenstand          string // %s = the year
	titelart, typ       string
	sofort              string // norm that makes it enforceable at once; "" = unanfechtbar
	lo, hi              amtshilfe.Cents
	saeumnis, firma     bool
}

const vwgo = "§ 80 Abs. 2 Satz 1 Nr. 1 VwGO"

// arten follow the code list of the profile.
var arten = []art{
	{"100", "Grundsteuer", "GST", "Steueramt Beispielstadt", "Grundsteuer B %s für das Grundstück Musterflur 12, Flurstück 3/4", "verwaltungsakt", "001", vwgo, 80_00, 900_00, true, false},
	{"110", "Gewerbesteuer", "GEW", "Steueramt Beispielstadt", "Gewerbesteuer %s nach dem Messbescheid des Finanzamts Musterstadt", "verwaltungsakt", "001", vwgo, 400_00, 18_000_00, true, true},
	{"120", "Hundesteuer", "HUN", "Steueramt Beispielstadt", "Hundesteuer %s für einen Hund", "verwaltungsakt", "001", vwgo, 60_00, 180_00, true, false},
	{"200", "Bußgeld", "OWI", "Bußgeldstelle Beispielkreis", "Bußgeldbescheid %s wegen Überschreitens der zulässigen Höchstgeschwindigkeit, mit Gebühren und Auslagen", "verwaltungsakt", "001", "", 58_50, 228_50, false, false},
	{"210", "Verwarnungsgeld", "VWG", "Ordnungsamt Beispielstadt", "Kostenbescheid %s nach § 25a StVG (Halter eines parkenden Fahrzeugs)", "verwaltungsakt", "001", "", 43_50, 60_00, false, false},
	{"220", "Zwangsgeld", "ZWG", "Bauaufsicht Beispielkreis", "Zwangsgeld %s nach Androhung: Beseitigung einer Einfriedung", "verwaltungsakt", "001", "§ 80 Abs. 2 Satz 1 Nr. 3 VwGO", 250_00, 1_000_00, false, false},
	{"300", "Rundfunkbeitrag", "RFB", "Beispielrundfunk, Beitragsservice", "Festsetzungsbescheid %s über Rundfunkbeiträge für eine Wohnung", "verwaltungsakt", "001", vwgo, 55_08, 330_48, false, false},
	{"310", "Kammerbeitrag", "KAM", "Handwerkskammer Musterland", "Kammerbeitrag %s (Grund- und Zusatzbeitrag)", "verwaltungsakt", "001", vwgo, 120_00, 800_00, false, true},
	{"320", "Sozialversicherungsbeitrag", "SVB", "Beispielkrankenkasse", "Gesamtsozialversicherungsbeiträge %s nach Beitragsnachweis", "beitragsnachweis", "001", "§ 86a Abs. 2 Nr. 1 SGG", 300_00, 6_000_00, true, true},
	{"400", "Kita- und Schulgebühren", "KIT", "Jugendamt Beispielstadt", "Elternbeiträge %s für die Kindertagesstätte Musterhaus", "verwaltungsakt", "001", vwgo, 90_00, 1_400_00, false, false},
	{"500", "Abfall- und Abwassergebühren", "ABW", "Stadtwerke Beispielstadt", "Gebühren %s für Abwasser und Abfall", "verwaltungsakt", "001", vwgo, 70_00, 700_00, true, false},
	{"510", "Verwaltungsgebühren", "VGB", "Zulassungsstelle Beispielkreis", "Gebührenbescheid %s über die zwangsweise Außerbetriebsetzung eines Fahrzeugs", "verwaltungsakt", "001", vwgo, 45_00, 290_00, false, false},
	{"600", "Unterhaltsvorschuss", "UVG", "Unterhaltsvorschusskasse Beispielkreis", "Rückforderung von Unterhaltsvorschuss %s", "verwaltungsakt", "001", "", 230_00, 4_800_00, false, false},
	{"900", "privatrechtliche Forderung", "PRV", "Städtische Wohnungsgesellschaft Beispielstadt", "Nutzungsentgelt %s für einen Stellplatz", "privatrechtliche-forderung", "002", "", 60_00, 900_00, false, false},
}

var massnahmen = []string{"sachpfaendung", "forderungspfaendung", "vermoegensauskunft", "arbeitgeberermittlung", "ratenzahlung"}

// vornamen and nachnamen: the second half of every family name says that nobody is meant. All are of DIN 91379 datatype A.
var vornamen = []string{"Erika", "Max", "Jürgen", "Änne", "Søren", "Zoë", "Łukasz", "Şükran", "André", "Käthe", "François", "Jiří",
	"Marie-Luise", "Ánh", "Þóra", "Ulrich", "Gábor", "Božena", "Jānis"}

var nachnamen = []string{"Mustermann-Beispiel", "Musterfrau", "Müller-Muster", "Weiß-Beispiel", "Öztürk-Muster", "Łukasiewicz-Probe",
	"Nguyễn-Beispiel", "D’Angelo-Muster", "von der Musterheide", "Šimůnek-Probe", "Ünal-Beispiel", "Groß-Muster", "Çelik-Probe",
	"Björnsson-Beispiel", "Đặng-Muster", "Ångström-Probe", "Țepeș-Beispiel", "Ķēniņš-Muster", "Kowalska-Beispiel", "Papen-Probe"}

var strassen = []string{"Testgasse", "Musterstraße", "Beispielweg", "Probeallee", "Am Musterteich", "Straße des Beispiels", "Fiktiver Ring",
	"Erfundener Steig", "Platz der Probe", "Unter den Mustern", "Beispieldamm", "Muster-Ufer"}

var firmen = []string{"Musterbau", "Beispiel & Söhne", "Probe-Gastronomie", "Fliesen-Muster", "Bäckerei Beispielmann", "Muster+Partner Logistik",
	"Elektro Probst-Beispiel", "Gaststätte Zum Beispiel"}

// formen are legal forms as written and their XFinanz codes.
var formen = [][2]string{{"GmbH", "008"}, {"KG", "004"}, {"e. K.", "001"}, {"OHG", "003"}, {"AG", "009"}}
