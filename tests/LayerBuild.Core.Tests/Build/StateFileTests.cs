namespace LayerBuild.Build;

public sealed class StateFileTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_whatever_is_in_it()
    {
        const string Odd = "a\tb\\n\n\r\\ c\\";
        var state = new StateFile
        {
            Inputs = [new(Odd, Odd), new("empty", "")],
            Outputs = [Odd, "two"],
            Archives = [new StateArchive(Odd, "sha", "1", "2", Odd)],
            Files = [new(Odd, "-")],
            Warnings = [new StateWarning("LB1008", "", 0, Odd), new StateWarning("LB1008", Odd, 7, "")],
            Finished = true,
        };

        StateFile read = Read(state.ToText())!;

        Assert.Equal(state.Inputs, read.Inputs);
        Assert.Equal(state.Outputs, read.Outputs);
        Assert.Equal(state.Archives, read.Archives);
        Assert.Equal(state.Files, read.Files);
        Assert.Equal(state.Warnings, read.Warnings);
        Assert.True(read.Finished);
    }

    [Fact]
    public void A_file_that_was_cut_off_is_not_finished()
    {
        string text = new StateFile { Outputs = ["one", "two"], Finished = true }.ToText();
        for (int length = 0; length < text.Length - 1; length++)
        {
            Assert.NotEqual(true, Read(text[..length])?.Finished);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("another state\nfinished\n")]
    [InlineData("layerbuild state 1\nunheard\tof\nfinished\n")]
    [InlineData("layerbuild state 1\nfinished\noutput\tx\n")]
    [InlineData("layerbuild state 1\nwarning\tLB1008\t\tx\tmessage\nfinished\n")]
    public void What_is_no_state_is_none(string text) => Assert.Null(Read(text));

    [Fact]
    public void A_stamp_changes_with_time_and_size()
    {
        string file = _folder.Write("a.txt", "a");
        string first = StateFile.StampOf(file);
        Assert.Equal(first, StateFile.StampOf(file));
        DateTime time = File.GetLastWriteTimeUtc(file);
        File.AppendAllText(file, "b");
        File.SetLastWriteTimeUtc(file, time);
        string longer = StateFile.StampOf(file);
        File.SetLastWriteTimeUtc(file, time.AddTicks(10));

        Assert.Equal(3, new[] { first, longer, StateFile.StampOf(file) }.Distinct().Count());
        Assert.Equal("-", StateFile.StampOf(_folder["no-such-file"]));
    }

    private StateFile? Read(string text) => StateFile.Read(_folder.Write("state.txt", text));
}
