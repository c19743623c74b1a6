using Tenon.Tokenizers.Files;

namespace Tenon.Tokenizers.PostProcessors;

/// <summary>Reads the <c>post_processor</c> of <c>tokenizer.json</c>.</summary>
internal static class PostProcessorReader
{
    private const string Supported =
        "supported: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, and a Sequence of ByteLevel and one other";

    /// <summary>The frames of a file.</summary>
    /// <param name="file">The root of <c>tokenizer.json</c>.</param>
    /// <param name="vocabulary">The ids that templates refer to.</param>
    /// <exception cref="DataException">The post-processor is malformed or unsupported.</exception>
    public static Frames Read(JsonSection file, Vocabulary vocabulary) =>
        file.Child("post_processor") is { } section ? Of(section, vocabulary) : Frames.None;

    private static Frames Of(JsonSection section, Vocabulary vocabulary)
    {
        var type = section.Required("type").AsText();
        switch (type)
        {
            // Changes offsets only.
            case "ByteLevel":
                return Frames.None;
            case "BertProcessing":
                {
                    int cls = Token(section, "cls", vocabulary), sep = Token(section, "sep", vocabulary);
                    return new Frames(new TokenFrame([cls], [], [sep]), new TokenFrame([cls], [sep], [sep]));
                }

            case "RobertaProcessing":
                {
                    int cls = Token(section, "cls", vocabulary), sep = Token(section, "sep", vocabulary);
                    return new Frames(new TokenFrame([cls], [], [sep]), new TokenFrame([cls], [sep, sep], [sep]) { SecondType = 0 });
                }

            case "TemplateProcessing":
                return Template.Read(section, vocabulary);
            case "Sequence":
                {
                    Frames[] frames =
                        [.. section.Required("processors").Items().Where(p => p.Required("type").AsText() != "ByteLevel")
                            .Select(p => Of(p, vocabulary))];
                    return frames.Length <= 1
                        ? frames.FirstOrDefault(Frames.None)
                        : throw section.Error($"has {frames.Length} processors that add tokens; {Supported}");
                }

            default:
                throw section.Error($"is of type '{type}'; {Supported}");
        }
    }

    // ["[SEP]", 102]
    private static int Token(JsonSection section, string name, Vocabulary vocabulary)
    {
        JsonSection[] parts = [.. section.Required(name).Items()];
        return parts.Length == 2 ? Known(parts[1], vocabulary) : throw section.Required(name).Error("is not a token and its id");
    }

    private static int Known(JsonSection section, Vocabulary vocabulary)
    {
        var id = section.AsId();
        return id < vocabulary.Count ? id : throw section.Error($"is {id}, but the vocabulary has the ids 0 to {vocabulary.Count - 1}");
    }

    /// <summary><c>TemplateProcessing</c>: special tokens and the texts A and B in the order of a template.</summary>
    private static class Template
    {
        public static Frames Read(JsonSection section, Vocabulary vocabulary)
        {
            var tokens = section.Child("special_tokens")?.Children().ToDictionary(
                entry => entry.Name, entry => entry.Section.Required("ids").Items().Select(id => Known(id, vocabulary)).ToArray(),
                StringComparer.Ordinal) ?? [];
            var single = Parse(section.Required("single"), tokens, ["A"]);
            // Files without a usable template for pairs are common, and only pairs need it.
            try
            {
                return new Frames(single, Parse(section.Required("pair"), tokens, ["A", "B"]));
            }
            catch (DataException e)
            {
                return new Frames(single, null, e.Message);
            }
        }

        private static TokenFrame Parse(JsonSection template, Dictionary<string, int[]> tokens, string[] texts)
        {
            List<int>[] between = [.. Enumerable.Range(0, texts.Length + 1).Select(_ => new List<int>())];
            var types = new List<(int Position, int Type)>();
            var next = 0;
            foreach (var part in template.Items())
            {
                if (part.Child("Sequence") is { } sequence)
                {
                    var id = sequence.Required("id").AsText();
                    if (next == texts.Length || id != texts[next])
                        throw template.Error(
                            $"has the text {id} out of order; supported: templates with {string.Join(" and then ", texts)}, each once");
                    types.Add((2 * next++ + 1, Type(sequence)));
                }
                else
                {
                    var token = part.Required("SpecialToken");
                    var name = token.Required("id").AsText();
                    between[next].AddRange(
                        tokens.TryGetValue(name, out var ids)
                        ? ids
                        : throw token.Error($"is '{name}', which special_tokens does not define"));
                    types.Add((2 * next, Type(token)));
                }
            }

            if (next < texts.Length)
                throw template.Error(
                    $"lacks the text {texts[next]}; supported: templates with {string.Join(" and then ", texts)}, each once");
            return Typed(template, types, texts.Length == 1
                ? new TokenFrame(between[0], [], between[1])
                : new TokenFrame(between[0], between[1], between[2]));
        }

        // Positions in the order of the template: 0 before, 1 the first text, 2 after it, 3 the second text, 4 after it.
        private static TokenFrame Typed(JsonSection template, List<(int Position, int Type)> types, TokenFrame frame)
        {
            var second = types.FirstOrDefault(part => part.Position == 3, (Position: 3, Type: 1)).Type;
            foreach (var (position, type) in types)
            {
                // In a Llama template the begin token before B has B's type; models of that kind have no types.
                if (type != (position >= 3 ? second : 0) && !(position == 2 && type == second))
                    throw template.Error(
                        $"gives the type {type} to a token whose text has a different one; supported: 0 up to the second text, then " +
                        "one type");
            }

            return frame with { SecondType = second };
        }

        private static int Type(JsonSection part) => part.Child("type_id")?.AsId() ?? 0;
    }
}
