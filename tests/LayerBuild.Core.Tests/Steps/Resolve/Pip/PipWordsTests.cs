using LayerBuild.Formats.Python;

namespace LayerBuild.Steps.Resolve.Pip;

public class PipWordsTests
{
    [Theory]
    [InlineData("/tmp/pip-build-env-ab12cd_4/overlay/lib/python3.11/site-packages/tool/main.py, line 3", "tool/main.py, line 3")]
    [InlineData("File \"/tmp/pip-install-k2f9x_q1/own/setup.py\"", "File \"own/setup.py\"")]
    [InlineData("File '/var/run/pip-req-build-00000000/setup.py'", "File 'setup.py'")]
    [InlineData("over\n[notice] A new release of pip is available: 1 -> 2\n[notice] To update, run: pip\nand out", "over\nand out")]
    [InlineData("/home/me/pip-tools/readme", "/home/me/pip-tools/readme")]
    public void Temporary_folders_and_notices_are_left_out(string words, string expected)
    {
        var run = new PipRun(new PythonInterpreter("/python", "3.11.0", "24.0"), new PipEnvironment(new Dictionary<string, string>()))
        {
            Target = PythonTarget.Find("python3.12/x86_64")!,
            Lines = [],
            Folder = "/cache/tmp/run",
            WorkingDirectory = "/project",
        };

        Assert.Equal(expected, PipWords.Clean(words, run));
    }
}
