"""What the two people say, with the marks of a director.

A line is spoken by "a" (stands at the viewer's left) or "b". Marks: `^word` carries the accent of its
phrase, `{gesture}` before a word names the gesture (see `gesture`) whose stroke falls on it, `<mm-hm>` after
a word is what the listener says there, `<nod>` a nod without a word, `:)` a smile over the line.
"""

from __future__ import annotations

TOPICS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        (
            "a",
            "So, I've been {beat}^thinking about the ^weekend. <mm-hm> We could {offer}^take the "
            "train to the {aside}^lake.",
        ),
        ("b", "Oh, that sounds {open}^lovely! :) How ^long does it {offer}^take?"),
        (
            "a",
            "About {count2}^two hours. <okay> And there is a {size}^big path, {sweep}^all around the "
            "water. <nod>",
        ),
        ("b", "But what about the {offer}^rain? I {self}^heard it might rain on {beat}^Sunday."),
        (
            "a",
            "Well, we {count1}^go on Saturday, we {count2}^bring a good jacket, <yeah> and we "
            "{count3}^eat some soup at the {aside}^cafe. <nod>",
        ),
        ("b", "Ha, {partner}^you always think of {open}^food! :)"),
        ("a", "{open}^Somebody has to! :)"),
        (
            "b",
            "All right. {self}^I will look for the tickets, <mm-hm> and {partner}^you ask your "
            "{beat}^sister.",
        ),
        ("a", "{beat}^Deal."),
    ),
    (
        ("b", "Did you {partner}^see the picture I sent you? The one with the {small}^little boat."),
        ("a", "Oh, {self}^I did! The {sweep}^sky looked ^amazing."),
        (
            "b",
            "We sat {aside}^there until it was ^dark, <nod> and the {rise}^moon came up over the "
            "{sweep}^water. <oh>",
        ),
        ("a", "Were you {offer}^cold?"),
        (
            "b",
            "A {small}^little. But we had a {size}^big blanket, <mm-hm> some {count1}^tea, some "
            "{count2}^bread, and a {count3}^very old guitar.",
        ),
        ("a", "And {partner}^who was ^singing?"),
        ("b", "{self}^Me, of course. :) It was {open}^terrible!"),
        ("a", "No, I don't {beat}^believe that. <yes> Next time, {offer}^call me."),
        ("b", "{partner}^Okay, I will."),
    ),
    (
        ("a", "Can you {offer}^tell me how you {partner}^make that bread?"),
        (
            "b",
            "Sure. It is {beat}^really easy. <mm-hm> {count1}^First, you mix the flour and the "
            "{size}^water. <nod> {count2}^Then you ^wait.",
        ),
        ("b", "And {count3}^then you {sweep}^fold it over, like a {size}^letter. <yeah>"),
        ("a", "And how ^long do I {offer}^wait?"),
        ("b", "Until it is about {size}^this big. Maybe {count3}^three hours. <oh>"),
        ("a", "{open}^That is the hard part for {self}^me. :)"),
        ("b", "Well, {partner}^you can go for a {aside}^walk, <nod> or {offer}^read a book."),
        ("a", "{beat}^Okay. I'll ^try it {aside}^tomorrow."),
        ("b", "{offer}^Great! Tell me how it ^goes. :)"),
    ),
)
"""Played in this order, again from the first when more time is asked for; then the roles change."""
