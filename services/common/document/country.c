#include "common/document/country.h"

#include <stddef.h>

#include "common/base/text.h"

static const struct country {
	const char *code, *names[LANGUAGE_COUNT];
} countries[] = {
	{ "AT", { "AUSTRIA", "AUTRICHE", "ÖSTERREICH" } },
	{ "BE", { "BELGIUM", "BELGIQUE", "BELGIEN" } },
	{ "CH", { "SWITZERLAND", "SUISSE", "SCHWEIZ" } },
	{ "CZ", { "CZECHIA", "TCHÉQUIE", "TSCHECHIEN" } },
	{ "DE", { "GERMANY", "ALLEMAGNE", "DEUTSCHLAND" } },
	{ "DK", { "DENMARK", "DANEMARK", "DÄNEMARK" } },
	{ "ES", { "SPAIN", "ESPAGNE", "SPANIEN" } },
	{ "FI", { "FINLAND", "FINLANDE", "FINNLAND" } },
	{ "FR", { "FRANCE", "FRANCE", "FRANKREICH" } },
	{ "GB", { "UNITED KINGDOM", "ROYAUME-UNI", "VEREINIGTES KÖNIGREICH" } },
	{ "IE", { "IRELAND", "IRLANDE", "IRLAND" } },
	{ "IT", { "ITALY", "ITALIE", "ITALIEN" } },
	{ "LU", { "LUXEMBOURG", "LUXEMBOURG", "LUXEMBURG" } },
	{ "NL", { "NETHERLANDS", "PAYS-BAS", "NIEDERLANDE" } },
	{ "PL", { "POLAND", "POLOGNE", "POLEN" } },
	{ "PT", { "PORTUGAL", "PORTUGAL", "PORTUGAL" } },
	{ "SE", { "SWEDEN", "SUÈDE", "SCHWEDEN" } },
	{ "US", { "UNITED STATES", "ÉTATS-UNIS", "VEREINIGTE STAATEN" } },
};

const char *country_line(const char *code, enum language language)
{
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
		if (text_equal(countries[i].code, code))
			return countries[i].names[language];
	}
	return code;
}
