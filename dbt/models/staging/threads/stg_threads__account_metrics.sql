{{ config(unique_key=['account_id', 'metric', 'end_time', 'observed_hour']) }}

-- Views are a series with the end of each day; the others one total of the span that was asked for, which the
-- collector makes a day, and clicks a total for each link.
with source as (
    {{ landed_answers('threads', 'account_metrics') }}
),

insights as (
    select
        * exclude (request, body),
        try(to_timestamp(try_cast(request ->> '$.params.since' as bigint))) as since,
        unnest(from_json(body -> '$.data', '[{
            "name": "VARCHAR",
            "values": [{"value": "DOUBLE", "end_time": "VARCHAR"}],
            "total_value": {"value": "DOUBLE"},
            "link_total_values": [{"value": "DOUBLE"}]
        }]')) as insight
    from source
),

series as (
    select * exclude (since, insight), insight.name as metric, unnest(insight.values) as point
    from insights
),

renamed as (
    select
        account_id,
        metric,
        {{ moment('try_cast(point.end_time as timestamptz)') }} as end_time,
        observed_hour,
        observed_at,
        {{ figure('point.value') }} as value,
        answer_id,
        landed_at
    from series
    union all
    select
        account_id,
        insight.name,
        {{ moment(day_begun_in('since')) }},
        observed_hour,
        observed_at,
        -- A list without a link is an answer: nobody clicked.
        {{ figure('coalesce(
            insight.total_value.value,
            list_sum([link.value for link in insight.link_total_values]),
            case when insight.link_total_values is not null then 0 end
        )') }},
        answer_id,
        landed_at
    from insights
    where insight.total_value is not null or insight.link_total_values is not null
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'end_time', 'observed_hour']) }}
