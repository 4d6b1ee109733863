// Where memory comes from: the allocator that the program gave.
#pragma once

#include "ehlo_types.h"

namespace ehlo {

using Allocator = ehlo_allocator;

}  // namespace ehlo
