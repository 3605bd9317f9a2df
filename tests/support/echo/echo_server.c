/* A process with EchoService, on the skeleton that all processes stand on. Without RELANCE_PG it answers Echo only. */
#include <stdlib.h>

#include "common/io/service.h"
#include "support/echo/echo.h"

int main(int argc, char **argv)
{
	const struct service service = { .name = "echo",
					 .summary = "answers the tests",
					 .methods = ECHO_METHODS,
					 .method_count = ECHO_METHOD_COUNT,
					 .without_database = getenv("RELANCE_PG") == NULL };

	return service_run(&service, argc, argv);
}
