/* descriptors.h - how many connections a program may have. */
#ifndef COMMON_DESCRIPTORS_H
#define COMMON_DESCRIPTORS_H

/* Raises the limit of open descriptors to the hard limit: each connection is a descriptor, and the usual soft limit of
 * 1024 exists for programs that use select. */
void descriptors_raise_limit(void);

#endif
