{# The calendar day of a moment (timestamptz) in an IANA time zone. #}
{% macro local_date(moment, timezone) -%}
    cast(({{ moment }}) at time zone {{ timezone }} as date)
{%- endmacro %}

{#
  The day a network's end-of-day stamp belongs to: the one before it. Facebook stamps midnight in the page's zone,
  or in Pacific time; with three hours of tolerance either lies in the next day of nearly every zone.
#}
{% macro day_ending(moment, timezone) -%}
    {{ local_date(moment ~ " + interval '3 hours'", timezone) }} - 1
{%- endmacro %}
