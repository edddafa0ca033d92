namespace LayerBuild.Formats.Wheel;

public class WheelRecordTests
{
    [Theory]
    [InlineData("a.py,sha256=x,1\nb.py,,\n", new[] { "a.py", "b.py" })]
    [InlineData("\"a,b.py\",md5=x,1\r\n\r\nc.py\r\n", new[] { "a,b.py", "c.py" })]
    [InlineData("\"a \"\"b\"\".py\",sha256=x,1\nc.py,,", new[] { "a \"b\".py", "c.py" })]
    [InlineData("a.py,,\n\"b.py,,\nc.py,,\n", new[] { "a.py" })]
    [InlineData("", new string[0])]
    public void The_paths_of_any_RECORD_can_be_read(string record, string[] paths) => Assert.Equal(paths, WheelRecord.Paths(record));
}
