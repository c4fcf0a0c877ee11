/**
 * Gives Node one worker for native work, unless the environment asks for another number.
 *
 * llama.cpp starts its threads anew for each batch. Where Node hands the batches to one of its four workers after the other, the kernel often puts two threads
 * that wait for each other on the same core: on two cores 48 tokens a second instead of 124. Sampling on one worker costs nothing in comparison; files and
 * name look-ups wait for the batch that is being computed.
 *
 * The number is read when the first work comes, and node-llama-cpp has work as soon as it is imported, so this is imported before it.
 */
process.env.UV_THREADPOOL_SIZE ??= '1'
