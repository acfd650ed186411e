"""Fields of Graph v26 objects of which the sandbox knows nothing: asked for, they are left out."""

from __future__ import annotations

_PAGE = """
affiliation bio birthday business category_list checkins company_overview contact_address cover
description emails engagement founded general_info has_added_app hours impressum
instagram_business_account is_permanently_closed is_unclaimed is_verified location mission new_like_count
overall_star_rating owner_business parent_page phone price_range products rating_count
single_line_address store_number talking_about_count unread_message_count verification_status
were_here_count whatsapp_number
"""
_POST = """
actions admin_creator application backdated_time call_to_action child_attachments coordinates event
feed_targeting height icon instagram_eligibility is_eligible_for_promotion is_popular message_tags
parent_id place privacy promotable_id promotion_status properties scheduled_publish_time story story_tags
subscribed target targeting timeline_visibility via width
"""
PAGE = frozenset(_PAGE.split())
POST = frozenset(_POST.split())
