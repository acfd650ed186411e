{# The counters of a post that only grow, so that a day's gain means something. #}
{% macro growing_counters() -%}
    {{ return(['views', 'reactions', 'comments', 'shares', 'saves', 'clicks', 'engagement']) }}
{%- endmacro %}

{#
  A day's gain of a lifetime counter. `before` is its last known value of the 31 days before, `resets` how often it
  had been reset by then, `peak` the highest value of those days since the last reset.
    nothing known before   all of it, if the post is seen on its day of publication or the day after; else unknown
    a reset                it fell below half of a value of 10 or more, and counts from zero anew
    otherwise              what lies above the peak: a revision downwards is no gain, nor is coming back from it
#}
{% macro gain(counter) -%}
    case
        when {{ counter }} is null then null
        when {{ counter }}_before is null then case when date - published_date <= 1 then {{ counter }} end
        when {{ is_reset(counter) }} then {{ counter }}
        else greatest({{ counter }} - ({{ counter }}_peak - {{ counter }}_resets * {{ peak_shift() }}), 0)
    end
{%- endmacro %}

{# Whether a counter was reset. Below 10 a fall is a revision: of three likes one may well be left. #}
{% macro is_reset(counter) -%}
    {{ counter }}_before >= 10 and {{ counter }} < {{ counter }}_before / 2
{%- endmacro %}

{# Above every counter: the number of resets is kept in the digits beyond it, so one maximum finds both. #}
{% macro peak_shift() -%}
    cast(1e15 as bigint)
{%- endmacro %}
