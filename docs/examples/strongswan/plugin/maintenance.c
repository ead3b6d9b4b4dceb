#include "maintenance.h"

#include <sys/stat.h>

#include <processing/jobs/callback_job.h>

/* How often the timers run and the file is looked for, in milliseconds. */
#define TICK 100
#define REPORT 1000

typedef struct {
	gateway_t *gateway;
	bool begun;
	uint64_t reported;
	tally_t last;
} watch_t;

/* The file beside the one that starts it always has the latest report, whole. */
static void write_report(watch_t *this, const char *line)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s.report", this->gateway->options->maintenance);
	snprintf(fresh, sizeof(fresh), "%s.report.new", this->gateway->options->maintenance);
	file = fopen(fresh, "w");
	if (file)
	{
		fprintf(file, "%s\n", line);
		fclose(file);
		if (rename(fresh, path) != 0)
		{
			LOG(1, "cannot write %s", path);
		}
	}
}

static void report(watch_t *this)
{
	tally_t tally = gateway_tally(this->gateway);
	char line[256];

	if (!memcmp(&tally, &this->last, sizeof(tally)))
	{
		return;
	}
	this->last = tally;
	snprintf(line, sizeof(line), "left %u (of them %u without support), moved %u, deleted after "
			 "their grace time %u, never answered %u", tally.left, tally.unable, tally.moved,
			 tally.deleted, tally.silent);
	LOG(1, "maintenance: %s", line);
	write_report(this, line);
}

CALLBACK(tick, job_requeue_t, watch_t *this)
{
	uint64_t now = milliseconds();
	struct stat found;
	bool wanted = stat(this->gateway->options->maintenance, &found) == 0;

	if (wanted != this->begun)
	{
		LOG(1, "maintenance %s", wanted ? "begins" : "is over");
		this->begun = wanted;
		this->last.left = UINT_MAX;
		gateway_maintain(this->gateway, wanted);
	}
	gateway_tick(this->gateway);
	if (this->begun && now - this->reported >= REPORT)
	{
		this->reported = now;
		report(this);
	}
	return JOB_RESCHEDULE_MS(TICK);
}

void maintenance_watch(gateway_t *gateway)
{
	watch_t *this;

	if (!gateway->options->maintenance)
	{
		return;
	}
	INIT(this, .gateway = gateway);
	lib->scheduler->schedule_job_ms(lib->scheduler,
		(job_t*)callback_job_create_with_prio(tick, this, free, NULL,
											  JOB_PRIO_HIGH), TICK);
}
