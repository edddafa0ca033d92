namespace LayerBuild.Files;

public class ProcessEnvironmentTests
{
    [Fact]
    public void Variables_are_found_as_the_system_finds_them()
    {
        IReadOnlyDictionary<string, string> variables = ProcessEnvironment.Read();

        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), variables["PATH"]);
        Assert.Equal(OperatingSystem.IsWindows(), variables.ContainsKey("pAtH"));
    }
}
