/**
 * The samples of a scope ($1) from $2 to $3 (epoch ms), those of partitions only when $4, in buckets: of what is
 * behind, and of what was before a commit, the greatest value, of counters the newest, of anything else the mean. One
 * row a series and bucket: name, start of the bucket, value, least value; in the order of time. What was recorded
 * before the series of partitions had this name comes with what was recorded after.
 */
export const bucketSql = (bucketMs: number): string => `
select name, bucket_ms,
  case
    when name like '%behind%' or name like '%beforeCommit%' then max(value)
    when name like '%received%' then arg_max(value, at_ms)
    else avg(value)
  end as value,
  min(value) as least
from (
  select regexp_replace(s.name, '^shard/', 'partition/') as name, p.at_ms, p.value,
    p.at_ms - p.at_ms % ${bucketMs} as bucket_ms
  from samples p join series s on s.id = p.series
  where s.scope = $1 and p.at_ms between $2 and $3 and ($4 or not regexp_matches(s.name, '^(partition|shard)/'))
)
group by name, bucket_ms
order by bucket_ms`
