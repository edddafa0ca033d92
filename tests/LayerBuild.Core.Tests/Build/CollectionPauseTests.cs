namespace LayerBuild.Build;

public sealed class CollectionPauseTests
{
    [Fact]
    public void A_pause_that_runs_out_or_is_shared_ends_without_a_word()
    {
        using (CollectionPause.Begin())
        {
            using (CollectionPause.Begin())
            {
                var kept = new List<byte[]>();
                for (int i = 0; i < 100; i++)
                {
                    kept.Add(new byte[1 << 20]);
                }

                Assert.Equal(100, kept.Count);
            }
        }

        using (CollectionPause.Begin())
        {
            GC.Collect();
        }
    }
}
