#!/bin/sh
# Run by the postgres image when it makes its database: the services' roles, with the password of the secret.
set -eu
for service in invoicing payments credit notification feed; do
	psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v role="relance_$service" \
		-v password="$(cat "$POSTGRES_PASSWORD_FILE")" <<-'SQL'
		CREATE ROLE :"role" LOGIN PASSWORD :'password';
	SQL
done
