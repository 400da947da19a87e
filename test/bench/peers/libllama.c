// Speed of libllama on one GGUF model: prompt of 512 tokens, then 64 tokens greedily for one sequence and for eight that
// share the prompt. Prints one JSON line. See README.md for how to build it.
#include "llama.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PROMPT = 512, NEW = 64, ROWS = 8, PASSES = 4 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void silent(enum ggml_log_level level, const char *text, void *data) { (void)level; (void)text; (void)data; }

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof(double), ascending);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static llama_token best(const float *logits, int vocabulary) {
    int id = 0;
    for (int i = 1; i < vocabulary; i++) if (logits[i] > logits[id]) id = i;
    return id;
}

static void put(struct llama_batch *batch, llama_token token, int position, int sequence, int wants_logits) {
    int i = batch->n_tokens++;
    batch->token[i] = token;
    batch->pos[i] = position;
    batch->n_seq_id[i] = 1;
    batch->seq_id[i][0] = sequence;
    batch->logits[i] = (int8_t)wants_logits;
}

static void run(struct llama_context *context, struct llama_batch batch) {
    if (llama_decode(context, batch) != 0) { fprintf(stderr, "llama_decode failed\n"); exit(1); }
    llama_synchronize(context);
}

/* Tokens a second of `rows` sequences that continue the prompt. */
static double decode(struct llama_context *context, struct llama_batch *batch, int rows, int vocabulary) {
    llama_token token[ROWS];
    for (int row = 0; row < rows; row++) token[row] = 300 + row;
    double start = seconds();
    for (int n = 0; n < NEW; n++) {
        batch->n_tokens = 0;
        for (int row = 0; row < rows; row++) put(batch, token[row], PROMPT + n, row, 1);
        run(context, *batch);
        for (int row = 0; row < rows; row++) token[row] = best(llama_get_logits_ith(context, row), vocabulary);
    }
    return rows * NEW / (seconds() - start);
}

int main(int count, char **arguments) {
    if (count < 2) { fprintf(stderr, "usage: libllama MODEL.gguf [threads]\n"); return 2; }
    int threads = count > 2 ? atoi(arguments[2]) : 2;
    llama_log_set(silent, NULL);
    llama_backend_init();
    struct llama_model *model = llama_model_load_from_file(arguments[1], llama_model_default_params());
    if (!model) { fprintf(stderr, "cannot load %s\n", arguments[1]); return 1; }
    struct llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = 2048;
    parameters.n_batch = parameters.n_ubatch = PROMPT;
    parameters.n_seq_max = ROWS;
    parameters.kv_unified = true;
    parameters.n_threads = parameters.n_threads_batch = threads;
    struct llama_context *context = llama_init_from_model(model, parameters);
    if (!context) { fprintf(stderr, "cannot make a context\n"); return 1; }
    int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    llama_memory_t memory = llama_get_memory(context);
    struct llama_batch batch = llama_batch_init(PROMPT, 0, 1);
    double prefill[PASSES], one[PASSES], eight[PASSES];
    for (int pass = -1; pass < PASSES; pass++) {
        llama_memory_clear(memory, true);
        batch.n_tokens = 0;
        for (int i = 0; i < PROMPT; i++) put(&batch, 200 + (i * 7919) % 30000, i, 0, i == PROMPT - 1);
        double start = seconds();
        run(context, batch);
        double p = PROMPT / (seconds() - start);
        for (int row = 1; row < ROWS; row++) llama_memory_seq_cp(memory, 0, row, -1, -1);
        double a = decode(context, &batch, 1, vocabulary);
        llama_memory_seq_rm(memory, 0, PROMPT, -1);
        double b = decode(context, &batch, ROWS, vocabulary);
        if (pass >= 0) { prefill[pass] = p; one[pass] = a; eight[pass] = b; }
    }
    printf("{\"prefill512\": %.2f, \"decode1\": %.2f, \"decode8\": %.2f}\n", median(prefill, PASSES), median(one, PASSES), median(eight, PASSES));
    return 0;
}
