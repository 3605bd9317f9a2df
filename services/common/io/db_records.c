#include "common/io/db_records.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/db_link.h"
#include "common/io/db_type.h"

#define TRICKLE_EVERY 32 /* records */
#define COUNT_AT 12      /* in the array's header: dimensions, whether one is NULL, type, size, first index */

static const struct db_stmt TYPE_OF = DB_STMT("db_type_of", "SELECT $1::regtype::oid::bigint");

static void put_int32(struct buf *bytes, int32_t value)
{
	uint32_t bits = htonl((uint32_t)value);

	buf_append(bytes, &bits, sizeof bits);
}

static void patch_int32(struct buf *bytes, size_t at, int32_t value)
{
	uint32_t bits = htonl((uint32_t)value);

	memcpy(bytes->data + at, &bits, sizeof bits);
}

/* Types that a migration creates have other numbers in every database. */
static struct err type_of(struct db_tx *tx, const char *name, int32_t *number)
{
	struct db *db = tx->db;
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_tx_ready(tx)); /* on a connection that was opened again, nothing is known */
	for (int i = 0; i < db->type_count; i++)
		if (text_equal(db->types[i].name, name)) {
			*number = db->types[i].number;
			return OK;
		}
	CHECK(db->type_count < LINK_TYPES_MAX);
	TRY(db_query(tx, &TYPE_OF, DB_PARAMS(db_text(name)), &rows));
	*number = (int32_t)db_cell_int(&rows, 0, 0);
	db->types[db->type_count++] = (struct link_type){ .name = name, .number = *number };
	return OK;
}

struct err db_records_begin(struct db_tx *tx, struct db_records *records, const char *type, size_t columns)
{
	int32_t number;

	CHECK(columns > 0 && columns <= DB_RECORD_COLUMNS_MAX);
	*records = (struct db_records){ .db = tx->db, .columns = columns };
	buf_init(&records->bytes, DB_RECORDS_BYTES_MAX);
	TRY(type_of(tx, type, &number));
	const int32_t header[] = { 1, 0, number, 0, 1 };

	for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
		put_int32(&records->bytes, header[i]);
	return OK;
}

void db_records_release(struct db_records *records)
{
	buf_release(&records->bytes);
}

/* The length of the last record, which is known now. */
static void record_end(struct db_records *records)
{
	size_t length = records->bytes.length - records->record_at - sizeof(int32_t);

	if (records->count > 0)
		patch_int32(&records->bytes, records->record_at, (int32_t)length);
}

void db_record_begin(struct db_records *records)
{
	CHECK(!records->bytes.full);
	if (records->count % TRICKLE_EVERY == 0)
		link_trickle(records->db);
	record_end(records);
	records->record_at = records->bytes.length;
	records->count++;
	put_int32(&records->bytes, 0);
	put_int32(&records->bytes, (int32_t)records->columns);
}

static void put(struct db_records *records, enum db_type type, const void *bytes, size_t length)
{
	const uint32_t head[] = { htonl((uint32_t)type), bytes ? htonl((uint32_t)length) : UINT32_MAX };

	buf_append(&records->bytes, head, sizeof head);
	if (bytes)
		buf_append(&records->bytes, bytes, length);
}

void db_put_id(struct db_records *records, struct id id)
{
	put(records, DB_TYPE_UUID, id_zero(id) ? NULL : id.bytes, sizeof id.bytes);
}

void db_put_text(struct db_records *records, const char *text)
{
	put(records, DB_TYPE_TEXT, text_empty(text) ? NULL : text, text_empty(text) ? 0 : strlen(text));
}

void db_put_text_or_empty(struct db_records *records, const char *text)
{
	put(records, DB_TYPE_TEXT, text ? text : "", text ? strlen(text) : 0);
}

void db_put_bigint_or_null(struct db_records *records, int64_t value, bool null)
{
	uint64_t bits = htobe64((uint64_t)value);

	put(records, DB_TYPE_BIGINT, null ? NULL : &bits, sizeof bits);
}

void db_put_bigint(struct db_records *records, int64_t value)
{
	db_put_bigint_or_null(records, value, false);
}

void db_put_integer(struct db_records *records, int32_t value)
{
	uint32_t bits = htonl((uint32_t)value);

	put(records, DB_TYPE_INTEGER, &bits, sizeof bits);
}

void db_put_smallint(struct db_records *records, int16_t value)
{
	uint16_t bits = htons((uint16_t)value);

	put(records, DB_TYPE_SMALLINT, &bits, sizeof bits);
}

void db_put_date(struct db_records *records, struct date date)
{
	uint32_t bits = htonl((uint32_t)date.days - DB_EPOCH_DAYS);

	put(records, DB_TYPE_DATE, date_known(date) ? &bits : NULL, sizeof bits);
}

void db_put_time(struct db_records *records, struct instant instant)
{
	uint64_t bits = htobe64((uint64_t)instant.us - DB_EPOCH_DAYS * (uint64_t)US_PER_DAY);

	put(records, DB_TYPE_TIMESTAMPTZ, instant_known(instant) ? &bits : NULL, sizeof bits);
}

void db_put_bytes(struct db_records *records, const void *bytes, size_t length)
{
	put(records, DB_TYPE_BYTEA, bytes, length);
}

struct db_param db_records(struct db_records *records)
{
	record_end(records);
	patch_int32(&records->bytes, COUNT_AT, (int32_t)records->count);
	CHECK(!records->bytes.full);
	if (records->count == 0) /* an array without elements has no dimension */
		patch_int32(&records->bytes, 0, 0);
	return (struct db_param){ .text = records->bytes.data,
				  .binary = true,
				  .length = (int)(records->count > 0 ? records->bytes.length : COUNT_AT) };
}
