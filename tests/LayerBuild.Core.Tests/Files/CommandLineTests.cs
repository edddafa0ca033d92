namespace LayerBuild.Files;

public class CommandLineTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  --pre   -q ", new[] { "--pre", "-q" })]
    [InlineData("--find-links \"a b\" --x='c d'", new[] { "--find-links", "a b", "--x=c d" })]
    [InlineData("'' \"\"", new[] { "", "" })]
    [InlineData("\"a \\\" b\"", new[] { "a \" b" })]
    public void Quotes_keep_words_together(string text, string[] words) => Assert.Equal(words, CommandLine.Split(text));
}
