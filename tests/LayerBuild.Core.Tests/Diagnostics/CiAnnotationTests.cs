namespace LayerBuild.Diagnostics;

public sealed class CiAnnotationTests
{
    private readonly Diagnostic _error = Diagnostic.Error("LB4002", "web is 5 % over; 1.2 MB\nand more [x]");

    [Fact]
    public void GitHub_takes_a_workflow_command() =>
        Assert.Equal(
            "::error title=LB4002,file=C%3A\\src\\a%2Cb.csproj,line=7::web is 5 %25 over; 1.2 MB%0Aand more [x]",
            CiAnnotation.Of(_error with { Line = 7 }, @"C:\src\a,b.csproj", Variable("GITHUB_ACTIONS", "true")));

    [Fact]
    public void Azure_takes_a_logging_command() =>
        Assert.Equal(
            "##vso[task.logissue type=error;code=LB4002;sourcepath=/src/a%3Bb.csproj;]web is 5 %AZP25 over%3B 1.2 MB%0Aand more [x%5D",
            CiAnnotation.Of(_error, "/src/a;b.csproj", Variable("TF_BUILD", "True")));

    [Fact]
    public void Elsewhere_an_error_is_said_once() => Assert.Null(CiAnnotation.Of(_error, null, Variable("CI", "true")));

    private static Func<string, string?> Variable(string name, string value) => asked => asked == name ? value : null;
}
