using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Tests.Evaluation.Baselines;

public class TranslationBaselinesTests
{
    private static readonly (string Source, string Target)[] German =
    [
        ("The file was not found.", "Die Datei wurde nicht gefunden."), ("The project was not found.", "Das Projekt wurde nicht gefunden."),
        ("Open the file.", "Öffnen Sie die Datei."), ("Open the project.", "Öffnen Sie das Projekt."),
        ("Close the file '{0}'.", "Schließen Sie die Datei '{0}'."), ("Close the project.", "Schließen Sie das Projekt."),
    ];

    [Fact]
    public void The_dictionary_replaces_each_word_and_copies_the_rest()
    {
        var dictionary = new WordDictionary(German);

        dictionary.Translate("file").Should().Be("Datei");
        dictionary.Translate("project '{0}', file: NuGet.").Should().Be("Projekt '{0}', Datei: NuGet.");
        dictionary.Translate("Found 3?").Should().StartWith("G").And.EndWith(" 3?", "the first letter is a capital like the source's");
        dictionary.Translate("").Should().BeEmpty();
    }

    [Fact]
    public void A_chinese_word_has_several_characters()
    {
        var dictionary = new WordDictionary(
        [
            ("The file was not found.", "找不到该文件。"), ("Open the file.", "打开文件。"), ("Open the project.", "打开项目。"),
            ("Close the project.", "关闭项目。"), ("Close the file.", "关闭文件。"),
        ]);

        dictionary.Translate("file project").Should().Be("文件 项目");
        dictionary.Translate("Close file.").Should().Be("关闭 文件.");
    }

    [Fact]
    public void The_memory_answers_with_the_most_similar_source()
    {
        var memory = new TranslationMemory(German);

        (string translation, double similarity) = memory.Find("Open the files.");
        translation.Should().Be("Öffnen Sie die Datei.");
        similarity.Should().BeApproximately(1 - 1 / 15.0, 1e-12);
        memory.Find("Close the project.").Should().Be(("Schließen Sie das Projekt.", 1.0));
        memory.Find("").Similarity.Should().Be(0);
    }

    [Fact]
    public void Texts_unlike_all_training_sources_are_scored_apart()
    {
        TranslationFigures figures = new TranslationEvaluation(BleuTokenization.Words).Evaluate(
            German,
            [
                ("Open the files.", "Öffnen Sie die Dateien.", "Öffnen Sie die Dateien."),
                ("Something else entirely", "Etwas ganz anderes", "Etwas ganz anderes"),
            ],
            CancellationToken.None);

        figures.All.Texts.Should().Be(2);
        figures.All.Model.ChrF.Should().BeApproximately(100, 1e-9);
        figures.All.Memory.ChrF.Should().BeInRange(30, 90);
        figures.Unfamiliar!.Texts.Should().Be(1);
        figures.Unfamiliar.Model.Bleu.Should().Be(0, "it has fewer than four words");
        figures.Unfamiliar.Model.ChrF.Should().BeApproximately(100, 1e-9);
        figures.Unfamiliar.Memory.ChrF.Should().BeLessThan(30);
        figures.Unfamiliar.Dictionary.ChrF.Should().BeLessThan(50, "all words are unknown and copied");
    }

    [Fact]
    public void Without_unfamiliar_texts_there_is_no_second_comparison() => new TranslationEvaluation(BleuTokenization.Words)
        .Evaluate(German, [("Open the file.", "Öffnen Sie die Datei.", "Datei")], CancellationToken.None).Unfamiliar.Should().BeNull();
}
