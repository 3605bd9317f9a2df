#ifndef IO_RPC_QUEUE_H
#define IO_RPC_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/io/rpc_execute.h"

/* Hands jobs from the loop thread to the workers and back. Both ways move whole lists under one lock, and wake the
 * other side only where it may be asleep, so that under load a call costs no system call here. */

struct rpc_list {
	struct rpc_job *first, **end;
};

void rpc_list_init(struct rpc_list *list);
void rpc_list_append(struct rpc_list *list, struct rpc_job *job);
struct rpc_job *rpc_list_take(struct rpc_list *list); /* NULL when empty */

struct rpc_queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct rpc_list waiting;
	int idle; /* workers asleep */
	bool closed;

	pthread_mutex_t done_lock;
	struct rpc_list done;
	int wake_fd; /* an eventfd: readable when `done` was filled */
};

void rpc_queue_init(struct rpc_queue *queue);
void rpc_queue_release(struct rpc_queue *queue);

/* Loop thread. Both empty `list`, or fill it. */
void rpc_queue_give(struct rpc_queue *queue, struct rpc_list *list, int count);
void rpc_queue_answers(struct rpc_queue *queue, struct rpc_list *list);
void rpc_queue_close(struct rpc_queue *queue);

/* Workers. NULL when closed and empty. */
struct rpc_job *rpc_queue_take(struct rpc_queue *queue);
void rpc_queue_answer(struct rpc_queue *queue, struct rpc_job *job);

/* From any thread: the loop thread looks up. */
void rpc_queue_wake(struct rpc_queue *queue);

#endif
