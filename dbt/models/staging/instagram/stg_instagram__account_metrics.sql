{{ config(unique_key=['account_id', 'metric', 'end_time', 'observed_hour']) }}

-- Instagram gives some numbers as a series with the end of each day, the others as one total of the span that was
-- asked for, which the collector makes a day.
with source as (
    {{ landed_answers('instagram', 'account_metrics') }}
),

insights as (
    select
        * exclude (request, body),
        try(to_timestamp(try_cast(request ->> '$.params.since' as bigint))) as since,
        unnest(from_json(body -> '$.data', '[{
            "name": "VARCHAR",
            "period": "VARCHAR",
            "values": [{"value": "DOUBLE", "end_time": "VARCHAR"}],
            "total_value": {
                "value": "DOUBLE",
                "breakdowns": [{"results": [{"dimension_values": ["VARCHAR"], "value": "DOUBLE"}]}]
            }
        }]')) as insight
    from source
),

series as (
    select * exclude (since, insight), insight.name as metric, unnest(insight.values) as point
    from insights
    where insight.period = 'day'
),

totals as (
    select
        * exclude (insight),
        unnest(
            case when insight.total_value.breakdowns is null
                then [{'metric': insight.name, 'value': insight.total_value.value}]
                else [
                    {
                        'metric': insight.name || '.' || array_to_string(result.dimension_values, ','),
                        'value': result.value
                    }
                    for result in insight.total_value.breakdowns[1].results
                ]
            end
        ) as part
    from insights
    where insight.period = 'day' and insight.total_value is not null
        and insight.name <> 'reach'  -- which is a series already
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
        part.metric,
        {{ moment(day_begun_in('since')) }},
        observed_hour,
        observed_at,
        {{ figure('part.value') }},
        answer_id,
        landed_at
    from totals
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'end_time', 'observed_hour']) }}
