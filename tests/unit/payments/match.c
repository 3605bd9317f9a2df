/* Cash application, rule by rule. Each row starts from the same books. */
#include "books.h"
#include "payments/domain/subset.h"
#include "unit/test.h"

struct row {
	const char *sentence;
	const char *text;
	int64_t minor;
	const char *allocations; /* booked, or proposed where the state is suggested */
	enum payment_state state;
	enum match_rule rule;
	int64_t rest_minor;
	const char *customer; /* whose the rest is; NULL: nobody's */
	const char *name, *iban, *reference, *end_to_end_id, *mandate, *value_on, *code, *ultimate;
	const struct match_rules *rules; /* NULL: the default ones */
	int64_t charges_minor, instructed_minor;
	const char *instructed_currency; /* NULL: EUR */
};

static const struct match_rules GENEROUS = { .discount_grace_days = 3,
					     .charges_max_minor = 1500,
					     .charges_booked = true,
					     .under_max_minor = 100,
					     .under_max_share = 50,
					     .over_max_minor = 50,
					     .over_max_share = 100,
					     .parts = true };
static const struct match_rules STRICT = { 0 };

static const struct row REFERENCES[] = {
	{ "a structured reference and its exact amount book", NULL, 10000, "INV-2026-000014=10000", PAYMENT_ALLOCATED,
	  RULE_REFERENCE_EXACT, 0, .customer = "K10002", .reference = BETA_RF },
	{ "a reference in the text, in blanks and lower case, is the same", "Ref rf18 5390 0754 7034 merci", 10000,
	  "INV-2026-000014=10000", PAYMENT_ALLOCATED, RULE_REFERENCE_EXACT, 0, .customer = "K10002" },
	{ "a reference whose check digits are wrong is none", "RF19 5390 0754 7034", 10000, "", PAYMENT_UNIDENTIFIED,
	  RULE_NOTHING, 10000, .customer = NULL },
	{ "an invoice number in free text and its exact amount book", "Rechnung INV-2026-000011 vom 05.01.2026", 10000,
	  "INV-2026-000011=10000", PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10001" },
	{ "separators and case of a number do not count", "inv2026 000011", 10000, "INV-2026-000011=10000",
	  PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10001" },
	{ "a number only in the end-to-end id books", "see reference", 10000, "INV-2026-000011=10000",
	  PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10001", .end_to_end_id = "INV-2026-000011" },
	{ "of two equal invoices the one that is named is paid, not the older", "INV-2026-000013", 10000,
	  "INV-2026-000013=10000", PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10001" },
	{ "a third party may pay by the right reference", "INV-2026-000011", 10000, "INV-2026-000011=10000",
	  PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10001", .name = "Treuhand AG", .iban = STRANGER_IBAN },
	{ "the reference decides before another customer's account", "INV-2026-000012", 20000, "INV-2026-000012=20000",
	  PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10001", .name = "Beta Dupont", .iban = BETA_IBAN },
	{ "a structured reference outranks a sibling's tokens: it and the text contradict each other",
	  "INV-2026-000011", 10000, "INV-2026-000014=10000", PAYMENT_SUGGESTED, RULE_CONTRADICTION, 10000,
	  .customer = "K10002", .reference = BETA_RF, .iban = BETA_IBAN },
	{ "a reference and a number that the amount covers both are no contradiction", "INV-2026-000011", 20000,
	  "INV-2026-000014=10000 INV-2026-000011=10000", PAYMENT_ALLOCATED, RULE_SEVERAL_EXACT, 0, .customer = "K10002",
	  .reference = BETA_RF },
	{ "two invoices with one number: a person decides", "RE 77012", 1200, "RE-77012=1200", PAYMENT_SUGGESTED,
	  RULE_SUM_UNCLEAR, 1200, .customer = "K10002" },
	{ "a number of ours in a text of a million others is still only a witness's word", "PO-4711 INV-2019-000011",
	  10000, "", PAYMENT_UNIDENTIFIED, RULE_NOTHING, 10000, .customer = NULL },
};

static const struct row AMOUNTS[] = {
	{ "less than is open is a part payment", "acompte INV-2026-000012", 5000, "INV-2026-000012=5000",
	  PAYMENT_ALLOCATED, RULE_PART, 0, .customer = "K10001" },
	{ "less than is open from somebody else is only proposed", "INV-2026-000012", 5000, "INV-2026-000012=5000",
	  PAYMENT_SUGGESTED, RULE_CONTRADICTION, 5000, .customer = NULL, .name = "Beta Dupont SAS", .iban = BETA_IBAN },
	{ "more than is open settles; the rest is the customer's", "INV-2026-000011", 12500, "INV-2026-000011=10000",
	  PAYMENT_ALLOCATED, RULE_OVERPAYMENT, 2500, .customer = "K10001" },
	{ "one cent too much is unapplied, not written off", "INV-2026-000011", 10001, "INV-2026-000011=10000",
	  PAYMENT_ALLOCATED, RULE_OVERPAYMENT, 1, .customer = "K10001" },
	{ "one cent too little stays open", "INV-2026-000011", 9999, "INV-2026-000011=9999", PAYMENT_ALLOCATED,
	  RULE_PART, 0, .customer = "K10001" },
	{ "a settled invoice paid again is unapplied cash", "INV-2026-000021", 9900, "", PAYMENT_UNAPPLIED,
	  RULE_ALREADY_SETTLED, 9900, .customer = "K10001" },
	{ "a settled invoice, and the next one of the same amount: a person decides, the cash is the customer's",
	  "INV-2026-000018", 4500, "INV-2026-000019=4500", PAYMENT_SUGGESTED, RULE_CONTRADICTION, 4500,
	  .customer = "K10001" },
	{ "an invoice in another currency is not matched by amount: it is proposed", "INV-2026-000022", 8000,
	  "INV-2026-000022=8000", PAYMENT_SUGGESTED, RULE_FOREIGN_CURRENCY, 8000, .customer = "K10001" },
	{ "the discount is granted in time", "INV-2026-000013", 9800, "INV-2026-000013=9800+200", PAYMENT_ALLOCATED,
	  RULE_DISCOUNT, 0, .customer = "K10001" },
	{ "the discount is granted on its last day", "INV-2026-000013", 9800, "INV-2026-000013=9800+200",
	  PAYMENT_ALLOCATED, RULE_DISCOUNT, 0, .customer = "K10001", .value_on = "2026-02-10" },
	{ "the discount is not granted a day later: it stays open", "INV-2026-000013", 9800, "INV-2026-000013=9800",
	  PAYMENT_ALLOCATED, RULE_DISCOUNT_NOT_DUE, 0, .customer = "K10001", .value_on = "2026-02-11" },
	{ "but within the days of grace", "INV-2026-000013", 9800, "INV-2026-000013=9800+200", PAYMENT_ALLOCATED,
	  RULE_DISCOUNT, 0, .customer = "K10001", .value_on = "2026-02-11", .rules = &GENEROUS },
	{ "an invoice without discount terms gives none", "INV-2026-000011", 9800, "INV-2026-000011=9800",
	  PAYMENT_ALLOCATED, RULE_DISCOUNT_NOT_DUE, 0, .customer = "K10001" },
};

static const struct row DIFFERENCES[] = {
	{ "a small shortfall is written off where the creditor says so", "INV-2026-000012", 19900,
	  "INV-2026-000012=19900+100", PAYMENT_ALLOCATED, RULE_SMALL_SHORTFALL, 0, .customer = "K10001",
	  .rules = &GENEROUS },
	{ "but within the share too: 0.51 of 100.00 is more than half a percent", "INV-2026-000011", 9949,
	  "INV-2026-000011=9949+51", PAYMENT_ALLOCATED, RULE_BANK_CHARGES, 0, .customer = "K10001",
	  .rules = &GENEROUS },
	{ "a shortfall like bank charges is booked as such", "INV-2026-000012", 18500, "INV-2026-000012=18500+1500",
	  PAYMENT_ALLOCATED, RULE_BANK_CHARGES, 0, .customer = "K10001", .rules = &GENEROUS },
	{ "a cent more is a part payment", "INV-2026-000012", 18499, "INV-2026-000012=18499", PAYMENT_ALLOCATED,
	  RULE_PART, 0, .customer = "K10001", .rules = &GENEROUS },
	{ "a small excess is kept where the creditor says so", "INV-2026-000012", 20050, "INV-2026-000012=20000",
	  PAYMENT_ALLOCATED, RULE_SMALL_EXCESS, 0, .customer = "K10001", .rules = &GENEROUS },
	{ "a cent more is all the customer's", "INV-2026-000012", 20051, "INV-2026-000012=20000", PAYMENT_ALLOCATED,
	  RULE_OVERPAYMENT, 51, .customer = "K10001", .rules = &GENEROUS },
	{ "the larger truth first: a discount is no bank charge", "INV-2026-000013", 9800, "INV-2026-000013=9800+200",
	  PAYMENT_ALLOCATED, RULE_DISCOUNT, 0, .customer = "K10001", .rules = &GENEROUS },
	{ "an exact reference does not get around the limits", NULL, 5000, "INV-2026-000014=5000", PAYMENT_ALLOCATED,
	  RULE_PART, 0, .customer = "K10002", .reference = BETA_RF, .rules = &GENEROUS },
	{ "no small difference is taken from somebody else's payment", "INV-2026-000012", 19900,
	  "INV-2026-000012=19900", PAYMENT_SUGGESTED, RULE_CONTRADICTION, 19900, .customer = NULL,
	  .name = "Beta Dupont SAS", .iban = BETA_IBAN, .rules = &GENEROUS },
	{ "charges that the bank states prove the shortfall; by default they stay open", "INV-2026-000012", 17500,
	  "INV-2026-000012=17500", PAYMENT_ALLOCATED, RULE_BANK_CHARGES, 0, .customer = "K10001",
	  .charges_minor = 2500 },
	{ "and so does the amount that was ordered", "INV-2026-000012", 17500, "INV-2026-000012=17500",
	  PAYMENT_ALLOCATED, RULE_BANK_CHARGES, 0, .customer = "K10001", .instructed_minor = 20000 },
	{ "a small difference on several is on the largest", "INV-2026-000011, INV-2026-000012", 29900,
	  "INV-2026-000011=10000 INV-2026-000012=19900+100", PAYMENT_ALLOCATED, RULE_SMALL_SHORTFALL, 0,
	  .customer = "K10001", .rules = &GENEROUS },
	{ "part payments are proposed where the creditor wants to look", "INV-2026-000012", 5000,
	  "INV-2026-000012=5000", PAYMENT_SUGGESTED, RULE_SUM_UNCLEAR, 5000, .customer = "K10001", .rules = &STRICT },
	{ "an invoice and its fee, paid along with it", "INV-2026-000032", 34000,
	  "INV-2026-000032=30000 FEE-2026-01=4000", PAYMENT_ALLOCATED, RULE_WITH_CHARGES, 0, .customer = "K10003" },
	{ "the invoice alone: the fee stays open", "INV-2026-000032", 30000, "INV-2026-000032=30000", PAYMENT_ALLOCATED,
	  RULE_NUMBER_EXACT, 0, .customer = "K10003" },
	{ "an instalment of a plan goes on the plan's invoices", "Rate 1", 60000,
	  "INV-2026-000031=50000 INV-2026-000032=10000", PAYMENT_ALLOCATED, RULE_INSTALMENT, 0, .customer = "K10003",
	  .iban = GAMMA_IBAN },
	{ "the invoice that is named first", "Rate INV-2026-000032", 20000, "INV-2026-000032=20000", PAYMENT_ALLOCATED,
	  RULE_INSTALMENT, 0, .customer = "K10003", .iban = GAMMA_IBAN },
	{ "more than the one that is named goes on the others of the plan", "Rate INV-2026-000032", 60000,
	  "INV-2026-000032=30000 INV-2026-000031=30000", PAYMENT_ALLOCATED, RULE_INSTALMENT, 0, .customer = "K10003",
	  .iban = GAMMA_IBAN },
	{ "an instalment or a sum of what is open: both are proposed", "Rate 3", 54000,
	  "FEE-2026-01=4000 INV-2026-000031=50000 or INV-2026-000031=50000 INV-2026-000032=4000", PAYMENT_SUGGESTED,
	  RULE_PAYER_SUM, 54000, .customer = "K10003", .iban = GAMMA_IBAN },
	{ "an amount that is no instalment is not the plan's", "Rate 1", 59999, "", PAYMENT_UNAPPLIED, RULE_KNOWN_PAYER,
	  59999, .customer = "K10003", .iban = GAMMA_IBAN },
	{ "another currency: settled in its own, by what was ordered in it", "INV-2026-000022", 7360,
	  "INV-2026-000022=8000", PAYMENT_ALLOCATED, RULE_INSTRUCTED, 0, .customer = "K10001", .instructed_minor = 8000,
	  .instructed_currency = "USD" },
	{ "a part in its own currency", "INV-2026-000022", 3680, "INV-2026-000022=4000", PAYMENT_ALLOCATED,
	  RULE_INSTRUCTED, 0, .customer = "K10001", .instructed_minor = 4000, .instructed_currency = "USD" },
	{ "more than is open in it is left to a person", "INV-2026-000022", 7400, "INV-2026-000022=8000",
	  PAYMENT_SUGGESTED, RULE_FOREIGN_CURRENCY, 7400, .customer = "K10001", .instructed_minor = 8040,
	  .instructed_currency = "USD" },
	{ "a third currency is left to a person", "INV-2026-000022", 7360, "INV-2026-000022=8000", PAYMENT_SUGGESTED,
	  RULE_FOREIGN_CURRENCY, 7360, .customer = "K10001", .instructed_minor = 8000, .instructed_currency = "GBP" },
};

static const struct row SEVERAL[] = {
	{ "several invoices and their exact sum book", "INV-2026-000011, INV-2026-000012", 30000,
	  "INV-2026-000011=10000 INV-2026-000012=20000", PAYMENT_ALLOCATED, RULE_SEVERAL_EXACT, 0,
	  .customer = "K10001" },
	{ "numbers of which only the ends are written", "INV-2026-000011/12/19", 34500,
	  "INV-2026-000011=10000 INV-2026-000012=20000 INV-2026-000019=4500", PAYMENT_ALLOCATED, RULE_SEVERAL_EXACT, 0,
	  .customer = "K10001" },
	{ "the date behind a number is no list of numbers", "/INV/INV-2026-000012/ 19.01.2026", 15000,
	  "INV-2026-000012=15000", PAYMENT_ALLOCATED, RULE_PART, 0, .customer = "K10001" },
	{ "one of several with discount", "INV-2026-000011 INV-2026-000013", 19800,
	  "INV-2026-000011=10000 INV-2026-000013=9800+200", PAYMENT_ALLOCATED, RULE_DISCOUNT, 0, .customer = "K10001" },
	{ "the one exact sum among those named", "INV-2026-000011 INV-2026-000012 INV-2026-000019", 24500,
	  "INV-2026-000012=20000 INV-2026-000019=4500", PAYMENT_ALLOCATED, RULE_SEVERAL_SUBSET, 0,
	  .customer = "K10001" },
	{ "two exact sums: both are proposed, and a person decides", "INV-2026-000011 INV-2026-000012 INV-2026-000013",
	  30000, "INV-2026-000011=10000 INV-2026-000012=20000 or INV-2026-000012=20000 INV-2026-000013=10000",
	  PAYMENT_SUGGESTED, RULE_SUM_UNCLEAR, 30000, .customer = "K10001" },
	{ "a sum that does not fit is proposed, not booked", "INV-2026-000011 INV-2026-000012", 15000,
	  "INV-2026-000011=10000 INV-2026-000012=5000", PAYMENT_SUGGESTED, RULE_SUM_UNCLEAR, 15000,
	  .customer = "K10001" },
	{ "more than all that is named: the rest is unapplied", "INV-2026-000011 INV-2026-000012", 31000,
	  "INV-2026-000011=10000 INV-2026-000012=20000", PAYMENT_ALLOCATED, RULE_OVERPAYMENT, 1000,
	  .customer = "K10001" },
	{ "invoices of two customers and their exact sum book", "INV-2026-000012 INV-2026-000116", 23750,
	  "INV-2026-000012=20000 INV-2026-000116=3750", PAYMENT_ALLOCATED, RULE_SEVERAL_EXACT, 0,
	  .customer = "K10001" },
	{ "ends as long as what they replace", "INV-2026-000011/000012", 30000,
	  "INV-2026-000011=10000 INV-2026-000012=20000", PAYMENT_ALLOCATED, RULE_SEVERAL_EXACT, 0,
	  .customer = "K10001" },
	{ "an end alone, without the number before it, is only proposed: it may be a date", "INV-2026-000012/000019",
	  4500, "INV-2026-000019=4500", PAYMENT_SUGGESTED, RULE_SUM_UNCLEAR, 4500, .customer = "K10001" },
	{ "a date behind the number that is another customer's invoice is none", "/INV/INV-2026-000012/ 000116", 3750,
	  "INV-2026-000012=3750", PAYMENT_ALLOCATED, RULE_PART, 0, .customer = "K10001" },
	{ "a settled one beside an open one takes nothing", "INV-2026-000021 INV-2026-000012", 20000,
	  "INV-2026-000012=20000", PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10001" },
};

static const struct row PAYERS[] = {
	{ "the amount alone never books", "Zahlung", 20000, "", PAYMENT_UNIDENTIFIED, RULE_NOTHING, 20000,
	  .customer = NULL },
	{ "the customer's own account and an amount that only one invoice makes up book", "Zahlung", 4500,
	  "INV-2026-000019=4500", PAYMENT_ALLOCATED, RULE_ACCOUNT_EXACT, 0, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "not where the creditor does not want it", "Zahlung", 4500, "INV-2026-000019=4500", PAYMENT_SUGGESTED,
	  RULE_PAYER_AMOUNT, 4500, .customer = "K10001", .iban = ALPHA_IBAN, .rules = &STRICT },
	{ "nor where the text names something that we do not know", "Zahlung zu 471199", 4500, "INV-2026-000019=4500",
	  PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT, 4500, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "nor where the invoice is disputed", "Zahlung", 5500, "1047=5500", PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT, 5500,
	  .customer = "K10002", .iban = BETA_IBAN },
	{ "a year and the customer's own number name nothing else", "Kd. K10001 fuer 2026", 4500,
	  "INV-2026-000019=4500", PAYMENT_ALLOCATED, RULE_ACCOUNT_EXACT, 0, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "nor where a structured reference is not ours", "Zahlung", 4500, "INV-2026-000019=4500", PAYMENT_SUGGESTED,
	  RULE_PAYER_AMOUNT, 4500, .customer = "K10001", .iban = ALPHA_IBAN, .reference = "RF712348231" },
	{ "an invoice or a sum of others: both are proposed", "Zahlung", 20000,
	  "INV-2026-000012=20000 or INV-2026-000013=10000 INV-2026-000011=10000", PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT,
	  20000, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "two invoices of that amount: both are proposed", "Zahlung", 10000,
	  "INV-2026-000013=10000 or INV-2026-000011=10000", PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT, 10000,
	  .customer = "K10001", .iban = ALPHA_IBAN },
	{ "a learned account proposes, but does not own the cash", "Zahlung", 4500, "INV-2026-000019=4500",
	  PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT, 4500, .customer = NULL, .iban = LEARNED_IBAN },
	{ "a name proposes, and never books", "Zahlung", 4500, "INV-2026-000019=4500", PAYMENT_SUGGESTED,
	  RULE_NAME_AMOUNT, 4500, .customer = NULL, .name = "ALPHA MÜLLER GMBH", .iban = STRANGER_IBAN },
	{ "a customer number in the text proposes", "Kunde K10001", 4500, "INV-2026-000019=4500", PAYMENT_SUGGESTED,
	  RULE_NAME_AMOUNT, 4500, .customer = NULL, .iban = STRANGER_IBAN },
	{ "a stored account never hijacks the right reference", "INV-2026-000116", 3750, "INV-2026-000116=3750",
	  PAYMENT_ALLOCATED, RULE_NUMBER_EXACT, 0, .customer = "K10002", .iban = LEARNED_IBAN },
	{ "a known account and the one exact sum of several propose", "merci", 44500,
	  "INV-2026-000019=4500 INV-2026-000013=10000 INV-2026-000012=20000 INV-2026-000011=10000", PAYMENT_SUGGESTED,
	  RULE_PAYER_SUM, 44500, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "of two sums that fit both are proposed", "merci", 24500,
	  "INV-2026-000019=4500 INV-2026-000012=20000 or INV-2026-000019=4500 INV-2026-000013=10000 "
	  "INV-2026-000011=10000",
	  PAYMENT_SUGGESTED, RULE_PAYER_SUM, 24500, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "our own direct debit: mandate and exact amount book", NULL, 30000, "INV-2026-000032=30000",
	  PAYMENT_ALLOCATED, RULE_MANDATE_EXACT, 0, .customer = "K10003", .mandate = "MANDATE-3" },
	{ "a mandate without a fitting amount knows the customer", NULL, 12345, "", PAYMENT_UNAPPLIED, RULE_KNOWN_PAYER,
	  12345, .customer = "K10003", .mandate = "MANDATE-3" },
	{ "one slip in the number, the payer and the exact amount book", "INV-2026-00012", 20000,
	  "INV-2026-000012=20000", PAYMENT_ALLOCATED, RULE_NEAR_NUMBER, 0, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "the letter O for a zero", "INV-2O26-000012", 20000, "INV-2026-000012=20000", PAYMENT_ALLOCATED,
	  RULE_NEAR_NUMBER, 0, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "two slips in a long number", "INV-2062-00012", 20000, "INV-2026-000012=20000", PAYMENT_ALLOCATED,
	  RULE_NEAR_NUMBER, 0, .customer = "K10001", .iban = ALPHA_IBAN },
	{ "a slip from two invoices of that amount: both are proposed", "INV-2026-000010", 10000,
	  "INV-2026-000013=10000 or INV-2026-000011=10000", PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT, 10000,
	  .customer = "K10001", .iban = ALPHA_IBAN },
	{ "one slip, the payer's whole name, and the exact amount", "INV-2026-00012", 20000, "INV-2026-000012=20000",
	  PAYMENT_ALLOCATED, RULE_NEAR_NUMBER, 0, .customer = "K10001", .name = "Alpha Müller GmbH",
	  .iban = STRANGER_IBAN },
	{ "one slip, and a name that is only alike, book nothing", "INV-2026-00012", 20000, "", PAYMENT_UNIDENTIFIED,
	  RULE_NOTHING, 20000, .customer = NULL, .name = "Alpha Logistik", .iban = STRANGER_IBAN },
	{ "one slip and the exact amount without the payer book nothing", "INV-2026-00012", 20000, "",
	  PAYMENT_UNIDENTIFIED, RULE_NOTHING, 20000, .customer = NULL },
	{ "a slip that hits another customer's invoice is not booked", "INV-2026-000116", 4500, "INV-2026-000116=3750",
	  PAYMENT_SUGGESTED, RULE_CONTRADICTION, 4500, .customer = NULL, .iban = ALPHA_IBAN,
	  .name = "Alpha Müller GmbH" },
	{ "a slip that hits a sibling of another amount is not booked on it: both are proposed", "INV-2026-000012",
	  4500, "INV-2026-000012=4500 or INV-2026-000019=4500", PAYMENT_SUGGESTED, RULE_CONTRADICTION, 4500,
	  .customer = "K10001", .iban = ALPHA_IBAN },
	{ "a slip that hits an equal invoice is not booked where the payer owes the other one: both are proposed",
	  "INV-2026-000011", 10000, "INV-2026-000011=10000 or INV-2026-000014=10000", PAYMENT_SUGGESTED,
	  RULE_CONTRADICTION, 10000, .customer = NULL, .iban = BETA_IBAN },
	{ "a word in common with the debtor's name says nothing where the whole name is another customer's",
	  "INV-2026-000032", 10050, "INV-2026-000032=10050", PAYMENT_SUGGESTED, RULE_CONTRADICTION, 10050,
	  .customer = NULL, .name = "Alpha Müller GmbH", .iban = STRANGER_IBAN },
	{ "nor where the account is another customer's", "INV-2026-000032", 10050, "INV-2026-000032=10050",
	  PAYMENT_SUGGESTED, RULE_CONTRADICTION, 10050, .customer = NULL, .name = "A. Müller", .iban = ALPHA_IBAN },
	{ "it does where nobody else is known", "INV-2026-000032", 10050, "INV-2026-000032=10050", PAYMENT_ALLOCATED,
	  RULE_PART, 0, .customer = "K10003", .name = "Müller Holding", .iban = STRANGER_IBAN },
	{ "a parent company that says for whom it pays is no stranger", "INV-2026-000116", 3000, "INV-2026-000116=3000",
	  PAYMENT_ALLOCATED, RULE_PART, 0, .customer = "K10002", .name = "Dach Holding", .iban = STRANGER_IBAN,
	  .ultimate = "Beta Dupont SAS" },
	{ "not even where its account is another customer's", "INV-2026-000116", 3000, "INV-2026-000116=3000",
	  PAYMENT_ALLOCATED, RULE_PART, 0, .customer = "K10002", .iban = ALPHA_IBAN, .ultimate = "Beta Dupont SAS" },
	{ "one that pays for somebody else does not pay its own invoice", "Zahlung", 4500, "INV-2026-000019=4500",
	  PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT, 4500, .customer = "K10001", .iban = ALPHA_IBAN,
	  .ultimate = "Beta Dupont SAS" },
	{ "a short number may be a year: it books exactly, not in part", "Abschlag 1047", 2000, "1047=2000",
	  PAYMENT_SUGGESTED, RULE_SUM_UNCLEAR, 2000, .customer = "K10002" },
	{ "a short number with its exact amount books", "Nr 1047", 5500, "1047=5500", PAYMENT_ALLOCATED,
	  RULE_NUMBER_EXACT, 0, .customer = "K10002" },
	{ "interest is no customer's business", "Zinsen Q1", 1234, "", PAYMENT_CLEARING, RULE_NOT_CUSTOMERS, 0,
	  .customer = NULL, .code = "ACMT/MCOP/INTR" },
	{ "money that goes out is no customer's business", "INV-2026-000012", -20000, "", PAYMENT_CLEARING,
	  RULE_NOT_CUSTOMERS, 0, .customer = NULL },
};

static void check_row(const struct row *row)
{
	struct books books;
	struct payment payment = payment_of(row->minor, (const char *[]){ row->text });

	SAY(row->sentence);
	books_open(&books);
	payment.payer_name = row->name;
	payment.payer_iban = row->iban;
	payment.ultimate_name = row->ultimate;
	payment.creditor_ref = row->reference;
	payment.end_to_end_id = row->end_to_end_id;
	payment.mandate = row->mandate;
	payment.transaction_code = row->code;
	payment.charges_minor = row->charges_minor;
	payment.charges_currency = payment.currency;
	payment.instructed_minor = row->instructed_minor;
	payment.instructed_currency = payment.currency;
	if (row->instructed_currency)
		assert_true(err_ok(currency_parse(row->instructed_currency, &payment.instructed_currency)));
	if (row->rules)
		books.rules = *row->rules;
	if (row->value_on)
		assert_true(err_ok(date_parse(row->value_on, &payment.value_on)));
	struct decision decision = decide(&books, &payment);

	assert_string_equal(match_rule_name(decision.rule), match_rule_name(row->rule));
	assert_string_equal(payment_state_name(decision.state), payment_state_name(row->state));
	assert_string_equal(allocations_text(books.arena, &decision), row->allocations);
	assert_int_equal(decision.rest_minor, row->rest_minor);
	assert_string_equal(decision.customer ? decision.customer->number : "", row->customer ? row->customer : "");
	books_close(&books);
}

#define CHECK_ROWS(table)                                                                                              \
	for (size_t i = 0; i < ROWS(table); i++)                                                                       \
	check_row(&(table)[i])

static void references_decide_first(void **state)
{
	(void)state;
	CHECK_ROWS(REFERENCES);
}

static void the_amount_is_a_witness_on_every_path(void **state)
{
	(void)state;
	CHECK_ROWS(AMOUNTS);
}

static void differences_follow_the_creditors_rules(void **state)
{
	(void)state;
	CHECK_ROWS(DIFFERENCES);
}

static void several_invoices(void **state)
{
	(void)state;
	CHECK_ROWS(SEVERAL);
}

static void who_pays(void **state)
{
	(void)state;
	CHECK_ROWS(PAYERS);
}

static const struct {
	const char *sentence, *text;
	int64_t minor;
	const char *name, *iban;
	const struct match_rules *rules;
	const char *evidence;
} EVIDENCE[] = {
	{ "the account", "INV-2026-000011", 10000, NULL, ALPHA_IBAN, NULL,
	  "the invoice's number, and its exact amount: INV-2026-000011; the payer's account agrees" },
	{ "the customer number", "INV-2026-000011 Kd K10001", 10000, NULL, NULL, NULL,
	  "the invoice's number, and its exact amount: INV-2026-000011; the customer number agrees" },
	{ "a like name", "INV-2026-000011", 10000, "Alpha Holding", NULL, NULL,
	  "the invoice's number, and its exact amount: INV-2026-000011; the payer's name is alike" },
	{ "somebody else", "INV-2026-000011", 10000, "Treuhand AG", STRANGER_IBAN, NULL,
	  "the invoice's number, and its exact amount: INV-2026-000011; somebody else pays" },
	{ "what stays open", "INV-2026-000012", 15000, NULL, NULL, NULL,
	  "one invoice named, and less than is open: INV-2026-000012; 50.00 stays open" },
	{ "what a rule took", "INV-2026-000012", 19900, NULL, NULL, &GENEROUS,
	  "short by less than the creditor minds: INV-2026-000012; 1.00 rounding" },
	{ "the alternatives", "Zahlung", 10000, NULL, ALPHA_IBAN, NULL,
	  "the payer's account, and the exact amount of one invoice: INV-2026-000013 or INV-2026-000011; the payer's "
	  "account agrees" },
};

static void every_decision_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(EVIDENCE); i++) {
		struct books books;
		struct payment payment = payment_of(EVIDENCE[i].minor, (const char *[]){ EVIDENCE[i].text });

		SAY(EVIDENCE[i].sentence);
		books_open(&books);
		payment.payer_name = EVIDENCE[i].name;
		payment.payer_iban = EVIDENCE[i].iban;
		if (EVIDENCE[i].rules)
			books.rules = *EVIDENCE[i].rules;
		struct decision decision = decide(&books, &payment);

		assert_string_equal(decision.evidence, EVIDENCE[i].evidence);
		books_close(&books);
	}
}

static void a_number_cut_by_the_bank_is_joined(void **state)
{
	struct books books;
	const char *pieces[] = { "Zahlung unserer Rechnung INV-2026-0", "00012 vom Januar" };
	struct payment payment = payment_of(20000, pieces);

	(void)state;
	books_open(&books);
	payment.piece_count = 2;
	struct decision decision = decide(&books, &payment);

	assert_string_equal(allocations_text(books.arena, &decision), "INV-2026-000012=20000");
	books_close(&books);
}

static void the_second_payment_sees_what_the_first_settled(void **state)
{
	struct books books;
	const char *text = "INV-2026-000012";
	struct payment first = payment_of(15000, &text), second = payment_of(15000, &text);

	(void)state;
	books_open(&books);
	struct decision one = decide(&books, &first), two = decide(&books, &second);

	assert_string_equal(allocations_text(books.arena, &one), "INV-2026-000012=15000");
	assert_string_equal(allocations_text(books.arena, &two), "INV-2026-000012=5000");
	assert_int_equal(two.rest_minor, 10000);
	books_close(&books);
}

/* More items than sums are searched among: the amount may be a sum that nobody has looked for. */
static void of_a_customer_with_very_many_items_the_amount_alone_proves_nothing(void **state)
{
	struct books books;
	struct payment payment = payment_of(77700, (const char *[]){ "Zahlung" });

	(void)state;
	books_open(&books);
	payment.payer_iban = ALPHA_IBAN;
	books_add_items(&books, ALPHA_IBAN, SUBSET_ITEMS_MAX + 1, 77700);
	struct decision decision = decide(&books, &payment);

	assert_string_equal(allocations_text(books.arena, &decision), "S000040=77700");
	assert_string_equal(payment_state_name(decision.state), payment_state_name(PAYMENT_SUGGESTED));
	books_close(&books);
}

static void the_payers_own_list_of_amounts_is_booked_as_told(void **state)
{
	struct books books;
	const struct remitted_document documents[] = { { "INV-2026-000011", 10000 }, { "INV-2026-000012", 5000 } };
	struct payment payment = payment_of(15000, (const char *[]){ NULL });

	(void)state;
	books_open(&books);
	payment.documents = documents;
	payment.document_count = 2;
	struct decision decision = decide(&books, &payment);

	assert_string_equal(allocations_text(books.arena, &decision), "INV-2026-000011=10000 INV-2026-000012=5000");
	assert_string_equal(match_rule_name(decision.rule), match_rule_name(RULE_ADVICE));
	books_close(&books);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_decide_first),
		cmocka_unit_test(the_amount_is_a_witness_on_every_path),
		cmocka_unit_test(differences_follow_the_creditors_rules),
		cmocka_unit_test(several_invoices),
		cmocka_unit_test(who_pays),
		cmocka_unit_test(every_decision_says_why),
		cmocka_unit_test(a_number_cut_by_the_bank_is_joined),
		cmocka_unit_test(the_second_payment_sees_what_the_first_settled),
		cmocka_unit_test(of_a_customer_with_very_many_items_the_amount_alone_proves_nothing),
		cmocka_unit_test(the_payers_own_list_of_amounts_is_booked_as_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
