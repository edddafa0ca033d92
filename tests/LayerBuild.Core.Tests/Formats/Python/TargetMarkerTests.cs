namespace LayerBuild.Formats.Python;

public class TargetMarkerTests
{
    private static readonly PythonTarget[] All =
        [.. from runtime in new[] { "python3.9", "python3.12", "python3.13" } from cpu in new[] { "x86_64", "arm64" } select PythonTarget.Find($"{runtime}/{cpu}")!];

    [Fact]
    public void Every_set_of_targets_has_a_marker_that_holds_for_it_alone()
    {
        for (int bits = 1; bits < 1 << All.Length; bits++)
        {
            PythonTarget[] some = [.. All.Where((_, index) => (bits >> index & 1) == 1)];

            string? marker = TargetMarker.For(some, All);

            Assert.Equal(some, All.Where(t => Marker.Holds(marker, t)));
            Assert.Equal(some.Length == All.Length, marker is null);
        }
    }

    [Theory]
    [InlineData(new[] { 0, 1 }, "python_version == \"3.9\"")]
    [InlineData(new[] { 1, 3, 5 }, "platform_machine == \"aarch64\"")]
    [InlineData(new[] { 0, 1, 2, 3 }, "python_version == \"3.9\" or python_version == \"3.12\"")]
    [InlineData(new[] { 0, 1, 2 }, "python_version == \"3.9\" or python_version == \"3.12\" and platform_machine == \"x86_64\"")]
    public void Markers_are_short(int[] targets, string marker) => Assert.Equal(marker, TargetMarker.For([.. targets.Select(t => All[t])], All));
}
