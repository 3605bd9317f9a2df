#ifndef PAYMENTS_OPEN_ITEMS_H
#define PAYMENTS_OPEN_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/id.h"
#include "common/base/money.h"
#include "payments/domain/key_filter.h"
#include "payments/domain/key_map.h"
#include "payments/domain/moved_items.h"

/* What a batch of payments is matched against: the open items that it names, those of the customers whom it names, and
 * what earlier payments have settled. Built from the books, then kept up to date decision by decision, so that the
 * second payment of a batch sees what the first has settled. Everything lies in one arena; texts are not copied. */

struct customer {
	struct id id;
	const char *number;
	const char *name;         /* may be NULL; read by customer_name */
	struct open_item *items;  /* chained by next_of_customer, the latest due first; read by customer_items */
	struct plan *plans;       /* that stand, chained by next; read by customer_plans */
	struct customer *older;   /* added before it */
	bool partial;             /* only some of the items are here, and no plans: customer_items asks for the rest */
	bool unnamed;             /* the name is not here: customer_name asks for it */
	bool wanted, name_wanted; /* asked for already */
	struct customer *next_wanted, *next_name_wanted;
	struct amount_wanted *amounts; /* of which the items are here, or asked for, chained by next_of_customer */
	struct asked *asked;
};

/* The items of a customer that are open with exactly an amount. */
struct amount_wanted {
	struct customer *customer;
	int64_t open_minor;
	struct amount_wanted *next_of_customer, *next_wanted;
};

/* Keys that were asked for, each once. */
struct asked_texts {
	const char **list; /* that are still to be read */
	size_t count;
	struct key_map seen;
};

/* What was drawn under a mandate. */
struct drawn {
	const char *mandate;
	int64_t amount_minor;
	struct drawn *next_wanted;
};

/* What decisions have asked for that is not here. Whoever decided on less has to read it and decide again. */
struct asked {
	bool lazily;                   /* what is not named is read when it is asked for; else all is here */
	bool missed;                   /* somebody has asked, perhaps not the first */
	struct customer *customers;    /* whose items, chained by next_wanted */
	struct customer *asking;       /* the same, for whom they are being read */
	struct amount_wanted *amounts; /* chained by next_wanted */
	struct customer *unnamed;      /* whose names, chained by next_name_wanted */
	struct customer *naming;       /* the same, whose names are being read */
	struct asked_texts names;      /* whose bearers */
	struct asked_texts numbers;    /* whose customers */
	struct drawn *drawn;           /* for what, chained by next_wanted */
	struct key_map drawn_seen;     /* struct drawn, by mandate, asked for at any time */
};

/* Instalments that were agreed on for some of a customer's items. */
struct plan {
	int64_t *instalments; /* what is due each time */
	size_t instalment_count;
	struct open_item **items; /* the earliest due first */
	size_t item_count;
	struct plan *next;
};

struct open_item {
	struct id id;
	struct customer *customer;
	const char *number, *number_key; /* as printed; letters and digits only, upper case */
	const char *creditor_ref;        /* ISO 11649 without blanks, or NULL */
	const char *mandate;             /* or NULL */
	struct currency currency;
	struct date due_on;
	struct date discount_until; /* last value date of the early-payment discount */
	int64_t amount_minor, open_minor, discount_minor;
	bool cancelled, disputed;
	bool charge; /* interest or a fee: a document of its own beside the invoice's */
	struct open_item *next_of_customer;
	struct settled_item *settled_by; /* newest first */
};

/* A payment that is in the books, as a return needs it. */
struct settlement {
	struct id payment;
	int64_t amount_minor;
	struct currency currency;
	const char *end_to_end_id, *mandate; /* or NULL */
	bool returned;
	struct settled_item *items;
};

/* One payment's share in one item. */
struct settled_item {
	struct open_item *item;
	int64_t amount_minor; /* cash and discount */
	struct settlement *settlement;
	struct settled_item *next, *next_of_item;
};

/* Whose account pays. */
struct payer_account {
	struct customer *customer;
	bool learned; /* from a person's correction; else from the customer's master data */
};

struct open_items {
	struct arena *arena;
	const struct moved_items *moved; /* since what is added was read, or NULL */
	/* What all customers owe (open_amount_hash), and who has plans (id_hash); NULL: perhaps anything, anybody. */
	const struct key_filter *amounts, *planners;
	struct customer *newest; /* chained by older */
	struct asked *asked;
	struct key_map by_number, by_reference, by_mandate; /* struct open_item */
	struct key_map customers, customer_numbers;         /* struct customer, by id and by normalised number */
	struct key_map customer_names;                      /* struct customer, by normalised name */
	struct key_map accounts;                            /* struct payer_account, by IBAN */
	struct key_map settlements;                         /* struct settlement, by end-to-end id */
	struct key_map mandate_settlements;                 /* struct settlement, by mandate */
};

struct open_items open_items_make(struct arena *arena);

/* The customer of an id, added where new; the name (may be NULL) is added where it was not here. */
struct customer *open_items_customer(struct open_items *items, struct id id, const char *number, const char *name);

/* The same, added without a name where new. */
struct customer *open_items_owner(struct open_items *items, struct id id, const char *number);

/* An empty plan of a customer who is there. */
struct plan *open_items_add_plan(struct open_items *items, struct id customer);

/* What a customer owes, the customer's name, who bears a name (normalised), and so on, as far as it is here; the rest
 * is noted in items->asked. */
struct open_item *customer_items(struct customer *customer);
/* Of what the customer owes, at least all that is open with exactly that. */
struct open_item *customer_items_of(const struct open_items *items, struct customer *customer, int64_t open_minor);
struct plan *customer_plans(const struct open_items *items, struct customer *customer);
const char *customer_name(struct customer *customer);
const struct key_node *customers_named(const struct open_items *items, const char *name_key);
/* The customers of a number (normalised; its text_hash_quick). */
const struct key_node *customers_numbered(const struct open_items *items, const char *number_key,
					  unsigned long long hash);
/* Items under a mandate (may be empty): at least one, where there is any, and all that are open with exactly what was
 * drawn. */
const struct key_node *items_drawn(const struct open_items *items, const char *mandate, int64_t amount_minor);

/* Something is noted. */
bool open_items_asked(const struct open_items *items);

/* Copies the item, links it to its customer, and gives the copy's address; an item that is there already is only
 * given. */
struct open_item *open_items_add(struct open_items *items, const struct open_item *item);
struct open_item *open_items_find(const struct open_items *items, struct id id, const char *number_key);

void open_items_add_account(struct open_items *items, const char *iban, struct customer *customer, bool learned);

/* Another name under which the customer pays, normalised. */
void open_items_add_name(struct open_items *items, const char *name_key, struct customer *customer);

/* Remembers a payment in the books under what a return may name. */
struct settlement *open_items_add_settlement(struct open_items *items, const struct settlement *settlement);
void settlement_add_item(struct open_items *items, struct settlement *settlement, struct open_item *item,
			 int64_t amount_minor);

/* True while `minor` of it can be paid: not settled, not cancelled. */
bool open_item_owed(const struct open_item *item);

#endif
