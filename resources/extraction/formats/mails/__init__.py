"""Mails taken apart: internet mail and Outlook's, before they are read as documents."""
