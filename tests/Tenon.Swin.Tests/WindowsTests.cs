namespace Tenon.Swin.Tests;

public class WindowsTests
{
    [Theory]
    [InlineData(8, 8, 4, false)]
    [InlineData(8, 8, 4, true)]
    [InlineData(7, 10, 4, true)]
    [InlineData(3, 9, 4, true)]
    public void Cutting_and_joining_windows_restores_the_grid(int height, int width, int largest, bool shifted)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Windows windows = Windows.Of(height, width, largest, shifted);
        Tensor grid = torch.randn([2, height * width, 3]);

        Tensor cut = windows.Cut(grid);

        cut.size(1).Should().Be(windows.Side * windows.Side);
        Goldens.Difference(windows.Join(cut), grid).Should().Be(0);
    }

    [Fact]
    public void A_grid_that_is_not_larger_than_the_window_is_one_window()
    {
        Windows.Of(4, 4, 7, shifted: true).Should().Be(new Windows(4, 4, 4, 0));
        Windows.Of(7, 7, 7, shifted: true).Should().Be(new Windows(7, 7, 7, 0));
        Windows.Of(14, 14, 7, shifted: true).Should().Be(new Windows(14, 14, 7, 3));
    }

    // Written out from figure 4: two patches of a shifted window attend to each other if they were neighbors before the roll.
    [Fact]
    public void The_mask_separates_patches_that_the_roll_made_adjacent()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (int side, int window, int shift) = (8, 4, 2);
        Windows windows = Windows.Of(side, side, window, shifted: true);
        Tensor mask = windows.Mask(torch.CPU)!;

        for (int at = 0; at < 4; at++)
        {
            for (int i = 0; i < 16; i++)
            {
                for (int j = 0; j < 16; j++)
                {
                    bool apart = Crosses(at / 2, i / window) != Crosses(at / 2, j / window)
                        || Crosses(at % 2, i % window) != Crosses(at % 2, j % window);
                    mask[at, 0, i, j].item<float>().Should().Be(apart ? -100 : 0);
                }
            }
        }

        // Whether a row or column of the rolled grid comes from the other edge.
        bool Crosses(int windowIndex, int offset) => windowIndex * window + offset >= side - shift;
    }

    [Fact]
    public void The_index_of_a_smaller_window_is_the_middle_of_the_table()
    {
        using DisposeScope scope = torch.NewDisposeScope();

        long[] same = [.. RelativePositions.Index(2, 2, torch.CPU).data<long>()];
        long[] smaller = [.. RelativePositions.Index(2, 3, torch.CPU).data<long>()];

        same.Should().Equal(4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4);
        // The table of a 3 × 3 window is 5 × 5; offsets of -1 … 1 are the rows 1 … 3 of it.
        smaller.Should().Equal(same.Select(row => (row / 3 + 1) * 5 + row % 3 + 1));
    }

    [Fact]
    public void Biases_for_other_windows_are_interpolated()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using torch.Generator seeded = torch.manual_seed(2);
        Tensor table = torch.randn([49, 2], generator: seeded);

        Tensor larger = RelativePositions.Resize(table, 169)!;

        larger.shape.Should().Equal(169, 2);
        // The middle of an odd grid is the middle of the other.
        Goldens.Difference(larger[84], table[24]).Should().BeLessThan(1e-6);
        RelativePositions.Resize(table, 50).Should().BeNull();
    }
}
