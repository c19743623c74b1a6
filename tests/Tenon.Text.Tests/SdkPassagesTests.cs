using System.Text.RegularExpressions;
using Tenon.Text.SdkDocs;

namespace Tenon.Text.Tests;

public sealed partial class SdkPassagesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Texts_of_the_documentation_become_sentences_about_members()
    {
        string file = _folder.Write("A.xml", """
            <doc><members>
              <member name="T:Shop.Cart"><summary>Represents the goods of a customer. It is small.</summary></member>
              <member name="M:Shop.Cart.#ctor"><summary>Creates an empty cart.</summary></member>
              <member name="M:Shop.Cart.Add(System.String)"><summary>Adds one named thing.</summary>
                <param name="name">The name of the thing.</param>
                <param name="count">How many there are.</param>
                <returns>The number of all goods.</returns>
                <exception cref="T:System.ArgumentNullException"><paramref name="name" /> is <see langword="null" />.</exception>
                <exception cref="T:System.IO.IOException">The cart is closed.</exception>
              </member>
              <member name="M:Shop.Cart.Contains(System.String)"><summary>Finds some thing by name.</summary>
                <returns><see langword="true" /> if the thing is there; otherwise, <see langword="false" />.</returns></member>
            </members></doc>
            """);

        SdkFact[] facts = [.. SdkPassages.Read([file], 1000, 100).Single().Facts];

        facts.Select(fact => fact.Sentence).Should().Equal(
            "Cart represents the goods of a customer.",
            "Cart.Add adds one named thing.",
            "The parameter name of Cart.Add is the name of the thing.",
            "Cart.Add returns the number of all goods.",
            "Cart.Add throws ArgumentNullException if name is null.",
            "Cart.Add throws IOException if the cart is closed.",
            "Cart.Contains finds some thing by name.",
            "Cart.Contains returns true if the thing is there; otherwise, false.");
        facts.Select(fact => fact.Answer).Should().Equal(
            "the goods of a customer", "one named thing", "the name of the thing", "the number of all goods", "name is null",
            "the cart is closed", "some thing by name", "the thing is there");
        facts.Select(fact => SdkForms.Known(fact)[0]).Should().Equal(
            "What does Cart represent?", "What does Cart.Add add?", "What is the parameter name of Cart.Add?", "What does Cart.Add return?",
            "When does Cart.Add throw ArgumentNullException?", "When does Cart.Add throw IOException?", "What does Cart.Contains find?",
            "When does Cart.Contains return true?");
    }

    [Theory]
    [InlineData("Gets or sets", "get or set")]
    [InlineData("Copies", "copy")]
    [InlineData("Searches", "search")]
    [InlineData("Flushes", "flush")]
    [InlineData("Serializes", "serialize")]
    [InlineData("Parses", "parse")]
    public void Verbs_have_a_base_form(string verb, string form)
    {
        SdkVerbs.Find($"{verb} the value.").Should().Be(verb);
        SdkVerbs.BaseForm(verb).Should().Be(form);
    }

    [Fact]
    public void Answers_are_inside_sentences_and_an_unanswerable_question_lacks_its_sentence()
    {
        var passage = new SdkPassage("Shop",
        [
            new(SdkFactKind.Action, "Cart", "Represents", "Cart represents goods.", 16, 5),
            new(SdkFactKind.Result, "Cart.Add", "", "Cart.Add returns a number.", 17, 8),
        ]);

        passage.Ask(1, "What?", isAnswerable: true).Should().BeEquivalentTo(new QuestionAnswerExample(
            "What?", "Cart represents goods. Cart.Add returns a number.", [new AnswerSpan(40, "a number")]));
        passage.Ask(1, "What?", isAnswerable: false).Should().BeEquivalentTo(
            new QuestionAnswerExample("What?", "Cart represents goods.", []));
    }

    [Fact]
    public void Held_out_questions_are_about_other_passages_and_have_three_new_forms()
    {
        using IDataset<QuestionAnswerExample> data = new SdkPassagesData().Open(new SdkPassagesOptions(), _folder.Context);
        QuestionAnswerExample[] train = [.. data.Train.All()], validation = [.. data.Validation!.All()];

        train.Length.Should().BeGreaterThan(5_000);
        validation.Length.Should().BeGreaterThan(200);
        train.Should().OnlyContain(one => one.Passage.Length <= 400 && !NewForm().IsMatch(one.Question));
        validation.Count(one => NewForm().IsMatch(one.Question)).Should().BeInRange(validation.Length / 10, validation.Length / 2);
        validation.Select(one => one.Passage).Should().NotIntersectWith(train.Select(one => one.Passage));
        foreach (QuestionAnswerExample[] part in new[] { train, validation })
        {
            (part.Count(one => one.Answers.Count == 0) / (double)part.Length).Should().BeApproximately(0.2, 0.04);
            part.SelectMany(one => one.Answers.Select(answer => (one.Passage, answer))).Should().OnlyContain(
                each => each.Passage.Substring(each.answer.Start, each.answer.Text.Length) == each.answer.Text && each.answer.Start > 0);
        }

        using IDataset<QuestionAnswerExample> fresh =
            new SdkPassagesData().Open(new SdkPassagesOptions { Forms = QuestionForms.New }, _folder.Context);
        fresh.Validation!.All().Should().OnlyContain(one => NewForm().IsMatch(one.Question));
        fresh.Train.All().Select(one => one.Question).Should().Equal(train.Select(one => one.Question));
        fresh.Facts.Fingerprint.Should().NotBe(data.Facts.Fingerprint);
    }

    [GeneratedRegex("^(Can you tell me what|Which value does|What makes) ")]
    private static partial Regex NewForm();
}
