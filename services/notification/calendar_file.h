#ifndef NOTIFICATION_CALENDAR_FILE_H
#define NOTIFICATION_CALENDAR_FILE_H

#include "notification/domain/calendar.h"

/* The holidays of all countries: FOLDER/holidays/<country>.yaml,
 *
 *     country: FR
 *     source: Code du travail, article L3133-1
 *     holidays:
 *       - { name: Jour de l'an, on: "01-01" }           # the same day each year
 *       - { name: Lundi de Pâques, easter: 1 }          # days after Easter Sunday
 *       - { name: Early May, first: monday, from: "05-01" } # the first such weekday from a day on
 *
 * A folder that is not there means no holidays. ERR_INVALID "calendar.…" with file and line in the log. */
MUST_USE struct err calendar_read(const char *folder, struct calendar **calendar);
void calendar_destroy(struct calendar **calendar);

#endif
