#include "common/io/rpc_queue.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/check.h"

void rpc_list_init(struct rpc_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

void rpc_list_append(struct rpc_list *list, struct rpc_job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
}

struct rpc_job *rpc_list_take(struct rpc_list *list)
{
	struct rpc_job *job = list->first;

	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->end = &list->first;
	return job;
}

/* Moves all of `from` behind `to`. */
static void list_join(struct rpc_list *to, struct rpc_list *from)
{
	if (!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	rpc_list_init(from);
}

void rpc_queue_init(struct rpc_queue *queue)
{
	*queue = (struct rpc_queue){ .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	CHECK(queue->wake_fd >= 0);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->filled, NULL);
	pthread_mutex_init(&queue->done_lock, NULL);
	rpc_list_init(&queue->waiting);
	rpc_list_init(&queue->done);
}

void rpc_queue_release(struct rpc_queue *queue)
{
	close(queue->wake_fd);
	pthread_mutex_destroy(&queue->done_lock);
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
}

void rpc_queue_give(struct rpc_queue *queue, struct rpc_list *list, int count)
{
	if (!list->first)
		return;
	pthread_mutex_lock(&queue->lock);
	list_join(&queue->waiting, list);
	int wake = count < queue->idle ? count : queue->idle;

	pthread_mutex_unlock(&queue->lock);
	while (wake-- > 0)
		pthread_cond_signal(&queue->filled);
}

void rpc_queue_answers(struct rpc_queue *queue, struct rpc_list *list)
{
	uint64_t rung;
	ssize_t got = read(queue->wake_fd, &rung, sizeof rung);

	(void)got; /* not rung: somebody only had a look */
	pthread_mutex_lock(&queue->done_lock);
	list_join(list, &queue->done);
	pthread_mutex_unlock(&queue->done_lock);
}

void rpc_queue_close(struct rpc_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}

struct rpc_job *rpc_queue_take(struct rpc_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	while (!queue->waiting.first && !queue->closed) {
		queue->idle++;
		pthread_cond_wait(&queue->filled, &queue->lock);
		queue->idle--;
	}
	struct rpc_job *job = rpc_list_take(&queue->waiting);

	pthread_mutex_unlock(&queue->lock);
	return job;
}

void rpc_queue_answer(struct rpc_queue *queue, struct rpc_job *job)
{
	pthread_mutex_lock(&queue->done_lock);
	bool was_empty = !queue->done.first;

	rpc_list_append(&queue->done, job);
	pthread_mutex_unlock(&queue->done_lock);
	if (was_empty)
		rpc_queue_wake(queue);
}

void rpc_queue_wake(struct rpc_queue *queue)
{
	uint64_t one = 1;
	ssize_t written = write(queue->wake_fd, &one, sizeof one);

	(void)written; /* full means rung already */
}
