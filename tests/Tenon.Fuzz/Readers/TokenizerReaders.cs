using System.Text;
using Tenon.Cli.Commands.Files;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Fuzz.Readers;

/// <summary>Tokenizers in all their files, and chat templates.</summary>
internal static class TokenizerReaders
{
    private const string Configuration = "tokenizer_config.json";
    private const string Template = "chat_template.jinja";
    private static readonly Type[] _documented = [typeof(ModelException), typeof(DataException)];

    private static readonly string[] _texts =
    [
        "the cat sees the dog.", "", " \n\t ", "Ünïcödé ﬁ ½ 东京 العربية", "\0\u001b\uFEFF\uFFFD", "😀👩‍👩‍👧", new string('a', 300),
        "<s>[CLS]<|endoftext|>",
    ];

    private static readonly string[] _jsonWords =
    [
        "type", "model", "vocab", "merges", "unk_token", "unk_id", "added_tokens", "id", "content", "special", "normalizer",
        "pre_tokenizer", "post_processor", "decoder", "Sequence", "ByteLevel", "BPE", "Unigram", "WordPiece", "WordLevel", "Metaspace",
        "Split", "Replace", "pattern", "Regex", "String", "behavior", "invert", "TemplateProcessing", "single", "pair",
        "special_tokens", "SpecialToken", "Precompiled", "precompiled_charsmap", "byte_fallback", "lstrip", "rstrip", "normalized",
        "NFKC", "Strip", "Prepend", "Digits", "Punctuation", "(a+)+$", "\\p{L}+", "add_prefix_space", "prepend_scheme",
        "max_input_chars_per_word", "continuing_subword_prefix", "truncation", "padding", "dropout",
    ];

    private static readonly string[] _templateWords =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "for", "in", "endfor", "if", "elif", "else", "endif", "set", "endset",
        "macro", "endmacro", "generation", "endgeneration", "messages", "message['role']", "message.content", "loop.index0",
        "loop.last", "namespace(", "range(", "|trim", "|tojson", "|length", "|join(", "|map(", "|select", "|sort", "| replace(",
        "is defined", "is string", "not", "and", "or", "~", "**", "//", "%", "[::-1]", "[0]", "raise_exception(", "strftime_now(",
        "bos_token", "add_generation_prompt", "'a' * 1000000", "range(1000000)", "tools", "none", "true", "recursive", "loop(", "break",
        "continue", "call", "endcall", "filter", "endfilter", "self", "caller()",
    ];

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return Files(workplace, "tokenizer-json", InputFormat.Json, "tokenizer.json", _jsonWords,
            () => [Of("bert-two-heads", "tokenizer.json"), Of("gpt2-value-head", "tokenizer.json"),
                .. Workplace.Files("seeds", "tokenizer-*.json"),
                .. Workplace.Files("hostile/tokenizer-bpe")]);
        yield return Files(workplace, "vocab-txt", InputFormat.Text, "vocab.txt", ["[UNK]", "[CLS]", "##", "##a", "\n\n"],
            () => [Of("bert-two-heads", "vocab.txt")]);
        yield return Files(workplace, "vocab-json", InputFormat.Json, "vocab.json", ["<|endoftext|>", "Ġ", "a", "aa"],
            () => [Of("gpt2-value-head", "vocab.json")], ("merges.txt", "#version: 0.2\n"));
        yield return Files(workplace, "merges-txt", InputFormat.Text, "merges.txt", ["#version: 0.2", "Ġ t", "h e", "a  b", "a"],
            () => [new Seed("merges.txt", "#version: 0.2\nĠ t\nh e\nt h\n"u8.ToArray())],
            ("vocab.json", File.ReadAllText(Path.Combine(ModelReaders.Hub("gpt2-value-head"), "vocab.json"))));
        yield return Files(workplace, "sentencepiece-bpe", InputFormat.Binary, "tokenizer.model", [],
            () => [.. Workplace.Files("pieces", "llama.model")]);
        yield return Files(workplace, "sentencepiece-unigram", InputFormat.Binary, "spiece.model", [],
            () => [.. Workplace.Files("pieces", "de.model")]);
        yield return new Reader("tokenizer-settings", InputFormat.Json, _documented,
            () => [Of("bert-two-heads", Configuration), Of("gpt2-value-head", Configuration),
                Of("bert-two-heads", "special_tokens_map.json"),
                Of("gpt2-value-head", "special_tokens_map.json")],
            (seed, content) => ReadSettings(workplace, seed.Name, content))
        {
            Words =
            [
                "bos_token", "eos_token", "pad_token", "unk_token", "cls_token", "mask_token", "additional_special_tokens",
                "added_tokens_decoder", "content", "special", "chat_template", "name", "default", "template", "do_lower_case",
                "model_max_length", "tokenizer_class", "{{ messages }}",
            ],
        };
        yield return new Reader("chat-template", InputFormat.Text, _documented, () => [.. Workplace.Files("templates")],
            (_, content) => ReadTemplate(workplace, content))
        {
            Words = _templateWords,
        };
        yield return new Reader("conversation", InputFormat.JsonLines, [typeof(DataException), typeof(OptionsException)],
            () => [new Seed("messages", Conversation)], (_, content) =>
                ConversationFile.Read(Workplace.Write(workplace.Folder("conversations"), "c.jsonl", content)))
        {
            Words = ["messages", "role", "content", "user", "assistant", "system", "tool", "tools", "tool_calls", "name", "text", "type"],
        };
    }

    private static byte[] Conversation => """
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]}
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}], "tools": [{"type": "function"}]}
        """u8.ToArray();

    // The seeds of one file of several folders.
    private static Seed Of(string folder, string file) =>
        new($"{folder}+{file}", File.ReadAllBytes(Path.Combine(ModelReaders.Hub(folder), file)));

    private static Reader Files(
        Workplace workplace, string name, InputFormat format, string file, string[] words, Func<IReadOnlyList<Seed>> seeds,
        params (string Name, string Text)[] others) =>
        new(name, format, _documented, seeds, (_, content) =>
        {
            string folder = workplace.Folder(Path.Combine("tokenizers", name));
            foreach ((string other, string text) in others.Where(other => !File.Exists(Path.Combine(folder, other.Name))))
                Workplace.Write(folder, other, Encoding.UTF8.GetBytes(text));
            Workplace.Write(folder, file, content);
            Use(workplace, folder);
        })
        {
            Words = words,
        };

    private static void ReadSettings(Workplace workplace, string seed, byte[] content)
    {
        string[] parts = seed.Split('+');
        string folder = workplace.Folder(Path.Combine("tokenizers", seed), ModelReaders.Hub(parts[0]));
        Workplace.Write(folder, parts[1], content);
        Use(workplace, folder);
    }

    // Opens the tokenizer, encodes texts and decodes them again.
    private static void Use(Workplace workplace, string folder) => workplace.Host.Contained(() =>
    {
        ITokenizer tokenizer = workplace.Host.OpenTokenizer(folder);
        foreach (string text in _texts)
        {
            IReadOnlyList<int> ids = tokenizer.Encode(text, recognizeSpecial: true);
            tokenizer.Decode(ids, keepSpecial: true);
        }

        for (int id = 0; id < Math.Min(tokenizer.VocabularySize, 20); id++)
            _ = (tokenizer.TokenText(id), tokenizer.TokenBytes(id, isFirst: true), tokenizer.Decode([id]));
        _ = (tokenizer.Special, tokenizer.Frame(), tokenizer.Frame(pair: true), tokenizer.Fingerprint, tokenizer.ChatTemplate?.EndOfReply);
        return tokenizer.VocabularySize;
    });

    private static void ReadTemplate(Workplace workplace, byte[] content)
    {
        string folder = workplace.Folder("templates", ModelReaders.Hub("gpt2-value-head"));
        Workplace.Write(folder, Template, content);
        workplace.Host.Contained(() =>
        {
            IChatTemplate? template = workplace.Host.OpenTokenizer(folder).ChatTemplate;
            var conversation = new Conversation(
                [new ChatMessage(ChatMessage.System, "Be brief."), new ChatMessage(ChatMessage.User, "Who?"),
                    new ChatMessage(ChatMessage.Assistant, "I.")]);
            template?.Render(conversation, addGenerationPrompt: false);
            template?.Encode(conversation);
            return template?.EndOfReply;
        });
    }
}
