{# The lifetime value of one metric among a post's nested insights; null where Facebook sent none. #}
{% macro facebook_insight(insights, metric) -%}
    try_cast(
        list_filter({{ insights }}.data, lambda insight: insight.name = '{{ metric }}')[1].values[1].value as bigint
    )
{%- endmacro %}
