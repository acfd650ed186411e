{{ config(unique_key=['account_id', 'metric', 'date', 'observed_hour']) }}

-- An organization's days come in three statistics; a person's in one answer for each metric, which its request
-- names. People reached are told of the whole span only, and are no days.
with source as (
    {{ landed_answers('linkedin', 'account_metrics') }}
),

items as (
    select
        * exclude (request, body),
        request ->> '$.params.queryType' as asked,
        unnest(from_json(body -> '$.elements', '[{
            "timeRange": {"start": "BIGINT"},
            "totalShareStatistics": "JSON",
            "followerGains": "JSON",
            "totalPageStatistics": {"views": {"allPageViews": "JSON"}},
            "dateRange": {"start": {"day": "BIGINT", "month": "BIGINT", "year": "BIGINT"}},
            "count": "DOUBLE"
        }]')) as item
    from source
    where coalesce(request ->> '$.params.aggregation', 'DAILY') = 'DAILY'
),

parts as (
    select
        * exclude (item),
        try(coalesce(
            cast(to_timestamp(item."timeRange".start / 1000) at time zone 'UTC' as date),
            make_date(item."dateRange".start.year, item."dateRange".start.month, item."dateRange".start.day)
        )) as date,
        unnest(
            case
                when item."totalShareStatistics" is not null
                    then {{ json_numbers('item."totalShareStatistics"', "'totalShareStatistics.'") }}
                when item."followerGains" is not null
                    then {{ json_numbers('item."followerGains"', "'followerGains.'") }}
                when item."totalPageStatistics" is not null
                    then {{ json_numbers(
                        'item."totalPageStatistics".views."allPageViews"',
                        "'totalPageStatistics.views.allPageViews.'"
                    ) }}
                else [{'metric': asked, 'value': {{ figure('item."count"') }}}]
            end
        ) as part
    from items
),

renamed as (
    select
        account_id,
        part.metric as metric,
        {{ moment('date') }} as date,
        observed_hour,
        observed_at,
        part.value as value,
        answer_id,
        landed_at
    from parts
    where part.metric is not null
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'date', 'observed_hour']) }}
