#ifndef FORMATS_CSV_PROFILE_H
#define FORMATS_CSV_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/money.h"
#include "payments/formats/codepage.h"

/* How a bank writes its account statements as CSV. There is no standard: each bank has its columns, signs and dates,
 * and a profile says them. payments/profile_file.h reads profiles from YAML; deploy/profiles has those that come along.
 *
 * A column is named as its header names it, in any of the languages that the bank writes: case and blanks around it do
 * not count, a "*" at the end stands for any rest ("Verwendung *"), "+1" for the column right of it ("Umsatz+1"), and
 * "#3" is the third column of a file. */

#define CSV_PROFILES_MAX 500
#define CSV_CELLS_MAX 256      /* columns; the widest export seen has 61 */
#define CSV_ROLE_CELLS_MAX 32  /* columns of remittance */
#define CSV_NAMES_MAX 64       /* names of one column */
#define CSV_HEADER_ROWS_MAX 60 /* the header stands within these rows, and within FORMAT_DETECT_BYTES */

enum csv_role {
	CSV_BOOKED, /* booking date */
	CSV_VALUE_DATE,
	CSV_AMOUNT,
	CSV_DEBIT, /* money out, where it has a column of its own */
	CSV_CREDIT,
	CSV_MARK, /* "D", "Soll", "Af": says the direction of an amount without sign */
	CSV_FEE,  /* taken off the amount */
	CSV_CURRENCY,
	CSV_ACCOUNT,
	CSV_BALANCE, /* of the account after the entry, or before it (balance_before) */
	CSV_STATUS,
	CSV_BANK_REF,
	CSV_END_TO_END,
	CSV_MANDATE,
	CSV_NAME, /* counterparty */
	CSV_IBAN,
	CSV_BIC,
	CSV_REMITTANCE, /* all columns of these names, in the file's order */
	CSV_CODE,
	CSV_ROLE_COUNT
};

/* Rows "IBAN;DE11…" above the header or below the entries. */
enum csv_fact { CSV_FACT_ACCOUNT, CSV_FACT_CURRENCY, CSV_FACT_OPENING, CSV_FACT_CLOSING, CSV_FACT_COUNT };

/* "2026-01-31", "2026/1/31" and "20260131" are read whatever is said here. */
enum csv_dates { CSV_DATES_ISO, CSV_DATES_DMY, CSV_DATES_MDY };

enum csv_sign {
	CSV_SIGNED,   /* minus is money out */
	CSV_INVERTED, /* minus is money in: card accounts */
	CSV_COLUMNS,  /* a column for debits, one for credits, either without sign */
	CSV_MARKS     /* by CSV_MARK; a sign is passed over */
};

struct csv_names {
	const char **names;
	size_t count;
	bool required; /* of a column: the profile fits only where the header has it */
};

struct csv_profile {
	const char *name, *about;
	const char *separators; /* each is tried: ",;" */
	enum codepage codepage;
	char decimal; /* '.', ',' or '\0': whichever an amount shows, if that is beyond doubt */
	enum csv_dates dates;
	enum csv_sign sign;
	bool minor_units;    /* amounts are whole cents */
	bool balance_before; /* CSV_BALANCE is the balance before the entry */
	bool extra_columns;  /* rows may be longer than the header */
	bool fallback;       /* of no particular bank: asked where no other fits */
	bool manual;         /* never chosen by itself, only by its name */
	int cells;           /* of a file without header: its number of columns; else 0 */
	struct csv_names columns[CSV_ROLE_COUNT];
	struct csv_names facts[CSV_FACT_COUNT];
	struct csv_names debit_marks, credit_marks;
	struct csv_names unbooked; /* CSV_STATUS of rows that are no bookings */
	struct currency currency;  /* where no column says it; "" where that is not known either */
	const char *account;       /* likewise; NULL */
};

/* The profiles that a reader chooses from: all must outlive it. */
struct csv_profiles {
	const struct csv_profile *list;
	size_t count;
	const char *only;         /* the one to use, whatever the header; NULL: the one that fits best */
	const char *account;      /* of the file, where it says none; NULL */
	struct currency currency; /* likewise; "" */
};

#endif
