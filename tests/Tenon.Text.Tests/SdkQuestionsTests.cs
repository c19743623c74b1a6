using Tenon.Text.SdkDocs;

namespace Tenon.Text.Tests;

public sealed class SdkQuestionsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_documentation_answers_what_members_do_and_return()
    {
        string file = _folder.Write("A.xml", """
            <doc><members>
              <member name="T:Shop.Cart"><summary>Holds the goods of a customer.</summary></member>
              <member name="M:Shop.Cart.Add(System.Int32)"><summary>Adds some goods.</summary><returns>The number of all goods.</returns></member>
              <member name="M:Shop.Cart.Add(System.String)"><summary>Adds one named thing.</summary></member>
              <member name="P:Shop.Cart.Count"><summary>The number of all goods.</summary></member>
              <member name="M:Shop.Cart.Clear"><summary>Removes everything, which cannot be undone in any way whatsoever.</summary></member>
            </members></doc>
            """);

        SdkQuestionsData.Questions([file], longestAnswer: 40).Should().Equal(
            new SdkQuestion("Shop", "What does Cart do?", "Holds the goods of a customer."),
            new SdkQuestion("Shop", "What does Cart.Add do?", "Adds some goods."),
            new SdkQuestion("Shop", "What does Cart.Add return?", "The number of all goods."));
    }

    [Fact]
    public void The_namespaces_of_held_out_questions_are_not_in_the_training_data()
    {
        using IDataset<ChatExample> data = new SdkQuestionsData().Open(new SdkQuestionsOptions(), _folder.Context);

        string[] asked = [.. data.Train.All().Select(Question)], heldOut = [.. data.Validation!.All().Select(Question)];
        asked.Length.Should().BeGreaterThan(5_000);
        heldOut.Length.Should().BeGreaterThan(200).And.BeLessThanOrEqualTo((asked.Length + heldOut.Length) / 20);
        data.Facts.ChatTemplate!.Replaces.Should().BeFalse();
        using IDataset<ChatExample> again = new SdkQuestionsData().Open(new SdkQuestionsOptions(), _folder.Context);
        again.Validation!.All().Select(Question).Should().Equal(heldOut);

        Dictionary<string, string> all = SdkQuestionsData.Questions(SdkPacks.Newest(SdkPacks.Roots())!.Files, 160)
            .ToDictionary(question => question.Question, question => question.Namespace);
        Namespaces(asked).Should().NotIntersectWith(Namespaces(heldOut));

        IEnumerable<string> Namespaces(IEnumerable<string> questions) => questions.Select(question => all[question]).Distinct();
        static string Question(ChatExample example) => example.Conversation!.Messages[0].Content;
    }
}
