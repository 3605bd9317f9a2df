#ifndef PAYMENTS_STORE_H
#define PAYMENTS_STORE_H

#include "common/io/db.h"
#include "ledger/posting.h"
#include "payments/domain/key_filter.h"
#include "payments/domain/match.h"

/* Payments' records. Texts that are read live in the transaction's arena. store.c keeps desks, accounts and statements;
 * store_file.c the files; store_batch.c a batch of entries on its way in; store_cash.c one payment and its allocations;
 * store_list.c pages and checks. */

/* Whose books, and when: every request begins here. */
struct desk {
	const char *creditor;
	struct instant now; /* the creditor's clock */
	const char *who;    /* who asks: set by handlers whose records say so, else NULL */
};

/* `asked` may be "" where there is one creditor only. ERR_INVALID "creditor.ambiguous", ERR_NOT_FOUND "creditor.none",
 * "creditor.unknown". */
MUST_USE struct err desk_open(struct db_tx *tx, const char *asked, struct desk *desk);

/* Whoever writes payments of a creditor waits here for the others, until the transaction ends: decisions stand on the
 * open amounts that they were made on, and there is one order of locks. */
MUST_USE struct err desk_lock(struct db_tx *tx, const struct desk *desk);

/* The same for imports, which do not wait for each other: their postings say what they were decided on
 * (posting_expect). */
MUST_USE struct err desk_share(struct db_tx *tx, const struct desk *desk);

/* Whoever imports a file waits here for another import of the same bytes. */
MUST_USE struct err file_lock(struct db_tx *tx, const struct desk *desk, const char *sha256);

/* ------------------------------------------------------------------ accounts and statements */

/* The creditor's account of that number; where the statement names no currency (""), that of the account, else of the
 * creditor, which it fills in. One that nobody owns is taken over if it is the creditor's own IBAN or
 * `adopt`. `known_until` is the last day of which the account has entries; DATE_NONE: it has none. ERR_CONFLICT
 * "account.unknown", "account.other_creditor". */
MUST_USE struct err bank_account_get(struct db_tx *tx, const struct desk *desk, const char *account,
				     struct currency *currency, bool adopt, struct id *id, struct date *known_until);

struct statement_record {
	struct id id, file, bank_account;
	struct date known_until; /* of the account's entries (bank_account_get); of an import only */
	const char *account, *statement_id;
	struct currency currency;
	int64_t sequence;
	struct date opening_on, closing_on; /* DATE_NONE: the statement has no such balance */
	int64_t opening_minor, closing_minor;
	int64_t entries, entries_minor, duplicates, duplicates_minor;
	bool balanced; /* opening + entries = closing; false: that cannot be said */
	struct date last_booked_on;
	const char *kind;              /* "final", "notice", "interim": only final ones are links of the chain */
	const char *chain, *file_name; /* when read */
	int64_t missing;               /* numbers left out before it */
	int64_t difference_minor;      /* opening less the closing before */
	bool out_of_order;             /* imported before the one it follows */
	int64_t announced;             /* not booked: pending, or to come again; of an import only */
};

MUST_USE struct err statement_insert(struct db_tx *tx, const struct desk *desk,
				     const struct statement_record *statement);
/* What is known at the end; sets how it follows the statement before, in `arena`. */
MUST_USE struct err statement_close(struct db_tx *tx, const struct desk *desk, struct arena *arena,
				    struct statement_record *statement);

/* ------------------------------------------------------------------ files */

#define FILE_PART_BYTES_MAX ((size_t)1024 * 1024)

enum file_state { FILE_RECEIVED, FILE_IMPORTED, FILE_HELD, FILE_REJECTED, FILE_STATE_COUNT };

const char *file_state_name(enum file_state state);

struct file_record {
	struct id id;
	const char *name;
	enum file_state state;
	const char *reason, *message; /* of FILE_HELD and FILE_REJECTED */
	int64_t line;
	struct instant received_at;
	int64_t size_bytes;
	const char *sha256, *format;
	int64_t statements, entries, duplicates;
	const char *profile, *account; /* asked for beside the bytes; NULL: nothing */
	struct currency currency;      /* likewise; "" */
};

struct file_part {
	int64_t at_byte, length;
};

/* The file's own bytes, or an LZ4 block that holds `plain_length` of them; 0: they are its own. */
struct part_bytes {
	const void *bytes;
	size_t length, plain_length;
};

/* ERR_INVALID "file.part_broken" where a block does not hold what it should. */
MUST_USE struct err file_part_save(struct db_tx *tx, const struct desk *desk, struct id file, int64_t at_byte,
				   const struct part_bytes *part, int64_t *stored_bytes);
/* The parts in their order. ERR_NOT_FOUND "file.unknown", ERR_CONFLICT "file.incomplete" where they do not make
 * `size_bytes` without gap. */
MUST_USE struct err file_parts_list(struct db_tx *tx, const struct desk *desk, struct id file, int64_t size_bytes,
				    struct file_part **parts, size_t *count);
/* The bytes live in `arena`. */
MUST_USE struct err file_part_load(struct db_tx *tx, const struct desk *desk, struct id file, int64_t at_byte,
				   struct arena *arena, const void **bytes, size_t *length);
/* The same in two steps: what was asked for is there after db_await. */
MUST_USE struct err file_part_ask(struct db_tx *tx, const struct desk *desk, struct id file, int64_t at_byte,
				  struct db_rows *rows);
const void *file_part_read(const struct db_rows *rows, struct arena *arena, size_t *length);
MUST_USE struct err file_save(struct db_tx *tx, const struct desk *desk, const struct file_record *file);
MUST_USE struct err file_find(struct db_tx *tx, const struct desk *desk, struct id id, bool *found,
			      struct file_record *file);
MUST_USE struct err file_find_imported(struct db_tx *tx, const struct desk *desk, const char *sha256, bool *found,
				       struct file_record *file);
/* Payments that a file brought, by state and currency as they stand now. */
struct tally {
	enum payment_state state;
	struct currency currency;
	int64_t count, amount_minor, allocated_minor;
};

MUST_USE struct err file_tallies(struct db_tx *tx, const struct desk *desk, struct id file, struct tally **tallies,
				 size_t *count);
MUST_USE struct err file_acceptance_save(struct db_tx *tx, const struct desk *desk, struct id file,
					 const char *accepted_by, const char *reason, const char *held_for,
					 const char *held_message);
/* Forgets a file that was not imported, and every other such copy of the same bytes but `keep`. */
MUST_USE struct err file_drop(struct db_tx *tx, const struct desk *desk, struct id file);
MUST_USE struct err file_drop_copies(struct db_tx *tx, const struct desk *desk, const char *sha256, struct id keep);

/* ------------------------------------------------------------------ a batch of entries */

/* Two batches are in hand at a time: of 1,000 entries each they take some 25 MB of memory. What is kept of a whole file
 * grows with it, to 20 MB for 1 GB: batches of such are smaller. */
#define BATCH_ENTRIES_MAX 1000
#define BATCH_ENTRIES_OF_LARGE 200
#define LARGE_FILE_BYTES ((int64_t)256 * 1024 * 1024)

struct entry_record {
	struct id id, statement;
	int64_t number, line;
	struct date booked_on, value_on;
	struct currency currency;
	int64_t amount_minor;
	const char *bank_ref, *bank_key;
	int32_t occurrence;
	bool known;   /* entries_ask found it in the books */
	bool divided; /* its transactions take the place of the sum that is there (lump.h) */
	size_t payment_from, payment_count;
};

struct payment_record {
	struct payment payment;
	struct id entry;
	int32_t detail;
	const char *entry_ref, *text; /* the remittance in one piece */
	struct remittance remittance;
	struct decision decision;
	struct id *allocation_ids; /* one for each of the decision's */
};

/* The keys by which a payment can name the creditor's records, what its customers owe (open_amount_hash), and who has
 * plans (id_hash). */
struct known_keys {
	struct key_filter numbers, references, customers, planners;
	const struct key_filter *amounts; /* NULL: not known */
};

/* What else a creditor has of which a bank's entries may tell. Most have little of it. */
struct concerns {
	bool collections; /* ever ordered */
	bool refunds;     /* owed to a payer */
	bool payouts;     /* that a provider has announced */
};

/* What has been asked for a batch, and may not be there yet. */
struct awaited {
	struct db_rows entries;                                                       /* that are new */
	struct db_rows named, accounts;                                               /* what the payments name */
	struct db_rows bearers, numbers, drawn, owners, owed, exact, reopened, plans; /* what decisions ask for */
	struct db_rows originals, postings, settled; /* what returns may take back, and the items that it settled */
};

/* A payment of the batch before that a return may take back. */
struct carried {
	struct settlement settlement;
	struct open_item **items; /* that it has settled, of the batch that it is carried to */
	int64_t *amounts_minor;   /* on each */
	size_t item_count;
};

/* Whom accounts and names belong to, remembered from batch to batch: so many of each. */
struct payer_memory;
struct payer_memory *payer_memory_make(struct arena *arena, size_t keys);

struct asked_keys {
	const char **list;
	size_t count;
};

struct batch {
	struct arena *arena;
	const struct known_keys *known; /* NULL: every key may be ours */
	struct payer_memory *payers;    /* NULL: nothing is remembered */
	struct asked_keys asked_accounts, asked_names;
	struct awaited awaited;
	struct entry_record *entries, **in_order; /* in_order: as entries_ask has sent them */
	size_t entry_count;
	struct payment_record *payments;
	size_t payment_count;
	struct concerns concerns;
	bool all_new;          /* of days of which the account had no entries: none can be known */
	bool sifted;           /* what was known is gone */
	struct wanted *wanted; /* what the payments name: batch_wanted */
	size_t *asking;        /* payments whose decisions have asked for more than was there */
	size_t asking_count;
	struct open_items items;
	struct posting_batch earlier, postings; /* of what returns may take back; of the batch's own payments */
	struct carried *carried;
	size_t carried_count;
	struct id *taken_back; /* by the batch before */
	size_t taken_back_count;
	bool overtaken; /* what returns may take back was asked for too early */
};

#define BATCH_SCOPE __attribute__((cleanup(batch_release))) struct batch

/* Forgets what was asked for. */
void batch_release(struct batch *batch);

/* Once in a transaction of batches, or in one beside it, before the first. */
MUST_USE struct err batches_begin(struct db_tx *tx);

/* Whenever the transaction has booked twice as much: the tables in which it looks up are no longer what they were. */
MUST_USE struct err batches_grown(struct db_tx *tx);

/* Inserts the entries that are new; entries_taken waits for that, and marks the others. Where somebody else inserts one
 * of them meanwhile, it is refused: ERR_EXISTS "db.exists" with field "entry_once". */
MUST_USE struct err entries_ask(struct db_tx *tx, const struct desk *desk, const struct statement_record *statement,
				struct batch *batch);
MUST_USE struct err entries_taken(struct db_tx *tx, struct batch *batch);

/* They stand while the desk is locked or shared. */
MUST_USE struct err concerns_load(struct db_tx *tx, const struct desk *desk, struct concerns *concerns);

/* All of them, where the file is so large that reading them is cheaper than looking up what it may mean; else NULL.
 * What is added later is as good as added after the import. */
MUST_USE struct err known_keys_load(struct db_tx *tx, const struct desk *desk, int64_t file_bytes, struct arena *arena,
				    const struct known_keys **known);

/* What a batch is matched against is looked up in `reads`: the transaction that books, or one beside it that sees
 * nothing of it, with batch->items.moved. What this import has booked itself, which returns take back, is always asked
 * of the transaction that books. */

/* What the batch's payments name, whose remittances have been read. */
void batch_wanted(struct batch *batch);

/* The open items that are named, and whose accounts and customer numbers; named_take reads them into batch->items,
 * after a round trip. What decisions ask for beyond that (items.asked) is asked for later: most payments name what they
 * pay. */
MUST_USE struct err named_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch);
void named_take(struct batch *batch);

/* The open items and the standing plans of the customers asked for, and the bearers of the names asked for; asked_take
 * waits for them. */
MUST_USE struct err asked_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch);
MUST_USE struct err asked_take(struct db_tx *reads, struct batch *batch);

/* The payments that the batch's returns may take back, and their postings; then the items that they have settled;
 * originals_take adds them all, after a round trip of each. */
MUST_USE struct err originals_ask(struct db_tx *tx, const struct desk *desk, struct batch *batch);
MUST_USE struct err originals_items_ask(struct db_tx *tx, struct db_tx *reads, const struct desk *desk,
					struct batch *batch);
void originals_take(struct batch *batch);

/* What was booked after originals_ask, and may be among what the batch's returns take back, or has taken it back. */
void originals_carry(struct batch *batch, const struct batch *booked);

/* All that a decision could ask for. */
MUST_USE struct err batch_load(struct db_tx *tx, const struct desk *desk, struct batch *batch);

/* Payments, allocations and the marks on what was returned. */
MUST_USE struct err batch_save(struct db_tx *tx, const struct desk *desk, const struct batch *batch);

/* ------------------------------------------------------------------ one payment */

struct allocation_record {
	struct id id, payment, item, customer, posting;
	const char *entry_ref, *invoice_number, *customer_number;
	struct currency currency;
	int64_t amount_minor; /* in the item's currency */
	int64_t cash_minor;   /* of the payment, in its currency */
	int64_t discount_minor;
	const char *relief;  /* what discount_minor is: "discount", "bank_charges", "rounding" */
	int32_t alternative; /* of a proposal: which of several sets it belongs to, from 1 */
	const char *state, *rule, *evidence;
	int32_t confidence;
	struct date value_on;
};

/* A payment as it stands. */
struct payment_row {
	struct id id;
	const char *entry_ref;
	struct date booked_on, value_on;
	struct currency currency;
	int64_t amount_minor, rest_minor, rounding_minor;
	enum payment_state state;
	const char *rule, *evidence, *payer_name, *payer_iban, *remittance, *end_to_end_id;
	struct id customer;
	const char *customer_number;
};

/* By id, or by an entry_ref that only one payment has. ERR_NOT_FOUND "payment.unknown", ERR_INVALID
 * "payment.ambiguous". */
MUST_USE struct err payment_get(struct db_tx *tx, const struct desk *desk, const char *asked,
				struct payment_row *payment);
/* All but withdrawn proposals, set by set. */
MUST_USE struct err payment_allocations(struct db_tx *tx, const struct desk *desk, struct id payment,
					struct allocation_record **list, size_t *count);
MUST_USE struct err payment_suggestions(struct db_tx *tx, const struct desk *desk, struct id payment,
					struct allocation_record **list, size_t *count);

struct item_row {
	struct id id, customer;
	const char *number, *customer_number;
	struct currency currency;
	int64_t open_minor;
};

/* ERR_NOT_FOUND "invoice.unknown". */
MUST_USE struct err item_get(struct db_tx *tx, const struct desk *desk, const char *number, struct item_row *item);

/* Inserts, or replaces the proposal of the same id. */
MUST_USE struct err allocation_save(struct db_tx *tx, const struct desk *desk,
				    const struct allocation_record *allocation);
MUST_USE struct err suggestions_withdraw(struct db_tx *tx, const struct desk *desk, struct id payment);
/* State, rest, whose it is, and why. */
MUST_USE struct err payment_update(struct db_tx *tx, const struct desk *desk, const struct payment_row *payment);

/* ------------------------------------------------------------------ pages and checks */

#define PAGE_SIZE_DEFAULT 500
#define PAGE_SIZE_MAX 2000

struct page {
	int64_t size;
	const char *after; /* id of the last row of the page before, or "" */
};

MUST_USE struct err files_page(struct db_tx *tx, const struct desk *desk, const struct page *page,
			       struct file_record **list, size_t *count);
MUST_USE struct err statements_page(struct db_tx *tx, const struct desk *desk, const struct page *page,
				    struct statement_record **list, size_t *count);
/* state: NULL for all. */
MUST_USE struct err payments_page(struct db_tx *tx, const struct desk *desk, const char *state, const struct page *page,
				  struct payment_row **list, size_t *count);
/* By payment. state: NULL for all but withdrawn proposals; invoice_number: NULL for all; page->after is the payment and
 * the id of the last one of the page before: "payment/allocation". */
MUST_USE struct err allocations_page(struct db_tx *tx, const struct desk *desk, const char *state,
				     const char *invoice_number, const struct page *page,
				     struct allocation_record **list, size_t *count);

struct check_row {
	const char *name, *detail;
	bool ok;
	int64_t checked;
};

#define CHECKS_MAX 12

MUST_USE struct err checks_run(struct db_tx *tx, const struct desk *desk, struct check_row checks[static CHECKS_MAX],
			       size_t *count);

#endif
