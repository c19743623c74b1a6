using Tenon.Host.Inference.Text;

namespace Tenon.Gpt.Tests;

/// <summary>The turns of a conversation that fit into a context of 24 tokens. A token is two letters.</summary>
public class FittedConversationTests
{
    private static readonly ITokenizer Tokenizer = new ToyTokenizer().WithChatTemplate("");

    // A system text of 1 token, three turns of 8, and a question of 4.
    private static readonly ChatMessage[] Messages =
    [
        new(ChatMessage.System, "ab"),
        .. Enumerable.Range(0, 3).SelectMany(turn => new ChatMessage[]
        {
            new(ChatMessage.User, new string("abc"[turn], 8)), new(ChatMessage.Assistant, new string("def"[turn], 8)),
        }),
        new(ChatMessage.User, "hhhhhhhh"),
    ];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(11, 2)]
    [InlineData(12, 3)]
    [InlineData(100, 3)]
    public void As_few_turns_as_possible_are_dropped(int room, int dropped)
    {
        using GptModel model = Models.Tiny();

        FittedConversation fitted = FittedConversation.Of(new Conversation(Messages), model, Tokenizer, room);

        fitted.DroppedTurns.Should().Be(dropped);
        fitted.Conversation.Messages.Should().Equal([Messages[0], .. Messages.Skip(1 + 2 * dropped)]);
        fitted.Tokens.Should().Be(5 + 8 * (3 - dropped));
    }

    [Fact]
    public void A_conversation_that_fits_is_not_changed()
    {
        using GptModel model = Models.Tiny();
        var whole = new Conversation(Messages[..4]) { Tools = "[]" };

        FittedConversation fitted = FittedConversation.Of(whole, model, Tokenizer, room: 4);

        fitted.Should().Be(new FittedConversation(whole, 13, 0));
    }

    [Fact]
    public void The_last_turn_leaves_at_least_one_token_for_the_reply()
    {
        using GptModel model = Models.Tiny();
        FittedConversation Fit(int letters) => FittedConversation.Of(
            new Conversation([.. Messages[..^1], new ChatMessage(ChatMessage.User, new string('h', letters))]), model, Tokenizer, room: 6);
        Action tooLong = () => Fit(46);

        Fit(44).Should().Match<FittedConversation>(fitted => fitted.DroppedTurns == 3 && fitted.Tokens == 23);
        tooLong.Should().Throw<ModelException>().WithMessage("The message has 24 tokens*context of 24 tokens*Shorten*");
    }
}
