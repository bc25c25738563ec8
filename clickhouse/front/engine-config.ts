/** The server settings of the embedded engine, as the XML file that it reads: small caches, few threads. */
// Why so small: the whole stack shares one machine and should stay below 1.5 GB; the defaults take 90 % of memory and 5 GB caches.
const MEGABYTE = 1024 * 1024

/** @param memoryMegabytes at which queries are refused with code 241 instead of the process growing on */
export function engineConfigXml(memoryMegabytes: number): string {
  const settings: Record<string, string | number> = {
    max_server_memory_usage: memoryMegabytes * MEGABYTE,
    mark_cache_size: 48 * MEGABYTE,
    primary_index_cache_size: 32 * MEGABYTE,
    index_mark_cache_size: 4 * MEGABYTE,
    vector_similarity_index_cache_size: MEGABYTE,
    text_index_tokens_cache_size: MEGABYTE,
    text_index_header_cache_size: MEGABYTE,
    text_index_postings_cache_size: MEGABYTE,
    query_condition_cache_size: 8 * MEGABYTE,
    compiled_expression_cache_size: 8 * MEGABYTE,
    iceberg_metadata_files_cache_size: MEGABYTE,
    parquet_metadata_cache_size: 4 * MEGABYTE,
    mmap_cache_size: 64,
    background_pool_size: 2,
    background_common_pool_size: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_schedule_pool_size: 16, // loading tables after a crash and every table's upkeep share it
    background_message_broker_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    background_buffer_flush_schedule_pool_size: 1,
    max_thread_pool_free_size: 8,
    max_io_thread_pool_free_size: 2,
    max_concurrent_queries: 64,
  }
  // The two limits must fit into the small pool, or no table opens.
  const mergeTree: Record<string, number> = {
    non_replicated_deduplication_window: 10_000,
    number_of_free_entries_in_pool_to_execute_mutation: 2,
    number_of_free_entries_in_pool_to_lower_max_size_of_merge: 2,
    number_of_free_entries_in_pool_to_execute_optimize_entire_partition: 2,
  }
  return [
    '<clickhouse>',
    ...Object.entries(settings).map(([name, value]) => `  <${name}>${value}</${name}>`),
    '  <merge_tree>',
    ...Object.entries(mergeTree).map(([name, value]) => `    <${name}>${value}</${name}>`),
    '  </merge_tree>',
    '</clickhouse>',
    '',
  ].join('\n')
}
