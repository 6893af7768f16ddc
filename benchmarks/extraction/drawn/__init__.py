"""Documents drawn here, with truth by construction: what stands on their pages is known before they are drawn.

`styles.STYLES` maps a style's name to the function that composes it; `draw(style, seed)` gives its bytes and truth.
Seeds below 1000 are for tuning; what is reported is drawn with seeds from 1000 on.
"""
