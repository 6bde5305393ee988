"""`rules report`: a scored population as one HTML page that needs no network.

Takes a `PopulationReport`; gives text. `content` lists what stands on the page, the modules `sections_*` say it,
`charts` draws it with Altair, `page` puts it into the template with the styles and the chart libraries. Nothing is
computed here.
"""
