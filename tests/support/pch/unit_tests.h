// What nearly every unit test includes, compiled once for each executable. A test includes what it needs all the same.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
