namespace Tenon.Layers.Tests.Questions;

public class PassageWordsTests
{
    [Theory]
    [InlineData("one two", "one", "two")]
    [InlineData("(1895–1943),", "(", "1895", "–", "1943", ")", ",")]
    [InlineData("String.Empty_x", "String", ".", "Empty", "_", "x")]
    [InlineData("東京 tōkyō", "東", "京", "tōkyō")]
    [InlineData("a𠀀b", "a", "𠀀", "b")]
    [InlineData(" \t\n")]
    public void Punctuation_and_ideographs_are_words_by_themselves(string passage, params string[] words) =>
        PassageWords.Split(passage).Select(word => passage[word.Start..word.End]).Should().Equal(words);
}
