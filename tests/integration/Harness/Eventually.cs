using System.Diagnostics;

namespace Integration.Tests.Harness;

/// <summary>Waits for something that another process does.</summary>
internal static class Eventually
{
    /// <summary>Asks again every 10 ms, or less often where asking costs, until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not in time; the message is what <paramref name="otherwise"/> says then.</exception>
    public static void True(Func<bool> condition, TimeSpan timeout, Func<string> otherwise, int everyMilliseconds = 10)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > timeout)
            {
                throw new TimeoutException(otherwise());
            }

            Thread.Sleep(everyMilliseconds);
        }
    }
}
