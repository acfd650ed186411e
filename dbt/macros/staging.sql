{#
  What a network says is taken within bounds, and is unknown beyond them: one server that answers with absurd
  numbers or times must not make sums overflow, and stop the build, for everyone.
    counter   of people, times, actions: up to a trillion
    figure    of anything, milliseconds watched too: up to a thousand times that
    moment    from 1990 to three days after it was asked for (`observed_at`)
#}
{% macro counter(value) -%}
    case when {{ value }} between -1000000000000 and 1000000000000 then {{ value }} end
{%- endmacro %}

{% macro figure(value) -%}
    case when {{ value }} between -1e15 and 1e15 then {{ value }} end
{%- endmacro %}

{% macro moment(value) -%}
    case when {{ value }} between timestamptz '1990-01-01 00:00:00+00' and observed_at + interval '3 days'
        then {{ value }}
    end
{%- endmacro %}

{# Seconds of an ISO 8601 duration as YouTube writes it (PT4M13S, P1DT2H); null for any other text. #}
{% macro iso_duration_s(duration) -%}
    case when regexp_full_match({{ duration }}, 'P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?') then
        {%- for unit, seconds in [('D', 86400), ('H', 3600), ('M', 60), ('S', 1)] %}
        {{ '+ ' if not loop.first }}coalesce(try_cast(
            regexp_extract({{ duration }}, '(\d+(\.\d+)?){{ unit }}', 1) as double) * {{ seconds }}, 0)
        {%- endfor %}
    end
{%- endmacro %}

{# The words of a piece of HTML as Mastodon writes posts: paragraphs and line ends kept, tags and entities undone. #}
{% macro html_text(html) -%}
    {%- set text = namespace(sql=html) -%}
    {%- set text.sql = "regexp_replace(" ~ text.sql ~ ", '</p>[[:space:]]*<p[^>]*>', chr(10) || chr(10), 'g')" -%}
    {%- set text.sql = "regexp_replace(" ~ text.sql ~ ", '<br[[:space:]]*/?>', chr(10), 'g')" -%}
    {%- set text.sql = "regexp_replace(" ~ text.sql ~ ", '<[^>]*>', '', 'g')" -%}
    {%- for entity, character in [
        ('&lt;', "'<'"), ('&gt;', "'>'"), ('&quot;', "'\"'"), ('&#39;', 'chr(39)'), ('&#x27;', 'chr(39)'),
        ('&apos;', 'chr(39)'), ('&nbsp;', "' '"), ('&amp;', "'&'")
    ] -%}
        {%- set text.sql = "replace(" ~ text.sql ~ ", '" ~ entity ~ "', " ~ character ~ ")" -%}
    {%- endfor -%}
    {{ text.sql }}
{%- endmacro %}

{# What people see of LinkedIn's "little" text: templates of hashtags and mentions, and backslashes undone. #}
{% macro little_text(commentary) -%}
    regexp_replace(
        regexp_replace(
            regexp_replace({{ commentary }}, '\{hashtag\|\\?([#＃])\|((\\.|[^\\{}|])+)\}', '\1\2', 'g'),
            '@\[((\\.|[^\\\]])+)\]\(urn:li:[^)]+\)', '\1', 'g'
        ),
        '\\([|{}@\[\]()<>#\\*_~])', '\1', 'g'
    )
{%- endmacro %}

{#
  Stands for the end of the local day that began within the 24 hours from `since` (timestamptz) on, which is the day
  Meta's totals of such a span are of: `day_ending` reads it as that day in every zone.
#}
{% macro day_begun_in(since) -%}
    {{ since }} + interval '48 hours' - interval '3 hours' - interval '1 second'
{%- endmacro %}

{# The numbers of a JSON object as a list of (metric, value), each metric named by its key, after a prefix. #}
{% macro json_numbers(document, prefix="''") -%}
    [
        {'metric': {{ prefix }} || entry.key, 'value': {{ figure('entry.value') }}}
        for entry in map_entries(from_json({{ document }}, '"MAP(VARCHAR, DOUBLE)"'))
    ]
{%- endmacro %}

{# One insight of Graph as such a list: a number, or an object with one for each kind, named metric.kind. #}
{% macro insight_numbers(metric, value) -%}
    case when json_type({{ value }}) = 'OBJECT' then {{ json_numbers(value, metric ~ " || '.'") }}
        else [{'metric': {{ metric }}, 'value': {{ figure('try_cast(' ~ value ~ " ->> '$' as double)") }}}]
    end
{%- endmacro %}

{#
  A model of the lifetime insights of posts on one of Meta's networks: each answer is of one post, which stands in
  its request. What Meta leaves out is unknown and has no row.
#}
{% macro graph_post_metrics(network) -%}
with source as (
    {{ landed_answers(network, 'post_metrics') }}
),

insights as (
    select
        * exclude (request, body),
        coalesce(request ->> '$.post', request ->> '$.posts[0]') as external_id,
        unnest(from_json(body -> '$.data', '[{
            "name": "VARCHAR",
            "values": [{"value": "JSON"}],
            "total_value": {"value": "JSON"}
        }]')) as insight
    from source
),

parts as (
    select
        * exclude (insight),
        unnest({{ insight_numbers('insight.name', 'coalesce(insight.values[1].value, insight.total_value.value)') }})
            as part
    from insights
    -- A list of a page's reels that is empty is an answer of this kind as well.
    where insight.name is not null and external_id is not null
),

renamed as (
    select
        account_id,
        external_id,
        observed_hour,
        observed_at,
        part.metric as metric,
        part.value as value,
        answer_id,
        landed_at
    from parts
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'metric', 'observed_hour']) }}
{%- endmacro %}

{# A model of who follows on one of Meta's newer networks: one answer for each breakdown, one row for each part. #}
{% macro graph_demographics(network) -%}
with source as (
    {{ landed_answers(network, 'demographics') }}
),

insights as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.data', '[{
            "name": "VARCHAR",
            "total_value": {"breakdowns": [{
                "dimension_keys": ["VARCHAR"],
                "results": [{"dimension_values": ["VARCHAR"], "value": "DOUBLE"}]
            }]}
        }]')) as insight
    from source
),

breakdowns as (
    select * exclude (insight), insight.name as metric, unnest(insight.total_value.breakdowns) as breakdown
    from insights
),

results as (
    select
        * exclude (breakdown),
        array_to_string(breakdown.dimension_keys, ',') as dimension,
        unnest(breakdown.results) as result
    from breakdowns
),

renamed as (
    select
        account_id,
        metric,
        dimension,
        array_to_string(result.dimension_values, ',') as segment,
        observed_hour,
        observed_at,
        {{ figure('result.value') }} as value,
        answer_id,
        landed_at
    from results
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}
{%- endmacro %}

{#
  From the CTE `source` of YouTube Analytics' tables to the CTE `parts`: one row for each cell of a metric, with the
  row's `cells` as text and the names of its first ones, the `dimensions`. The header says what was told of.
#}
{% macro youtube_report() -%}
tables as (
    select
        * exclude (request, body),
        from_json(body -> '$.columnHeaders', '[{"name": "VARCHAR", "columnType": "VARCHAR"}]') as headers,
        unnest(from_json(body -> '$.rows', '[["VARCHAR"]]')) as cells
    from source
),

parts as (
    select
        * exclude (headers),
        [header.name for header in headers if header."columnType" = 'DIMENSION'] as dimensions,
        unnest([
            {'metric': header.name, 'value': {{ figure('try_cast(cells[place] as double)') }}}
            for header, place in headers
            if header."columnType" = 'METRIC'
        ]) as part
    from tables
)
{%- endmacro %}
